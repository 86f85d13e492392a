import { type CanActivate, type ExecutionContext, UnauthorizedException } from '@nestjs/common';

/** Admits only the staff, on every route of the application. */
export class StaffGuard implements CanActivate {
  canActivate(execution: ExecutionContext): boolean {
    const { headers } = execution.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    if (headers.authorization === 'Bearer staff') return true;
    throw new UnauthorizedException('for staff only');
  }
}
