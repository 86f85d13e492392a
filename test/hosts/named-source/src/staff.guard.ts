import { type CanActivate, type ExecutionContext, UnauthorizedException } from '@nestjs/common';

/** The application lets in its staff alone, on every route that there is. */
export class StaffGuard implements CanActivate {
  canActivate(execution: ExecutionContext): boolean {
    const { headers } = execution.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    if (headers.authorization === 'Bearer staff') return true;
    throw new UnauthorizedException('for staff only');
  }
}
