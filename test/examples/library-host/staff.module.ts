import { Module } from '@nestjs/common';
import { Librarians } from './librarians.guard.js';

@Module({ providers: [Librarians], exports: [Librarians] })
export class StaffModule {}
