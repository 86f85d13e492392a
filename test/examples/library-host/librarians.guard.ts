import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';

/** Stands for the application's own authentication. */
@Injectable()
export class Librarians {
  isLibrarian(authorization: unknown): boolean {
    return authorization === 'Bearer librarian';
  }
}

@Injectable()
export class LibrariansGuard implements CanActivate {
  constructor(private readonly librarians: Librarians) {}

  canActivate(execution: ExecutionContext): boolean {
    const { headers } = execution.switchToHttp().getRequest();
    return this.librarians.isLibrarian(headers.authorization);
  }
}
