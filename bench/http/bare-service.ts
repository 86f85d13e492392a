import { Body, Controller, Get, HttpCode, Module, Param, Post, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ArrayMaxSize, IsArray, IsString, MaxLength } from 'class-validator';

/** The least work of a Nest service with the same request: it routes, validates and answers. Nothing is stored. */
class PreferencesBody {
  @IsArray() @ArrayMaxSize(50) @IsString({ each: true }) @MaxLength(64, { each: true }) preferences: string[];
}

@Controller('users')
class BareController {
  private readonly since = new Date();
  private version = 0;

  @Post(':userId/preferences')
  @HttpCode(200)
  update(@Param('userId') userId: string, @Body() { preferences }: PreferencesBody) {
    this.version += Math.min(preferences.length, 1);
    return { userId, version: this.version, position: this.version };
  }

  /** As many bytes as a profile of the service under load. */
  @Get(':userId/profile')
  profile(@Param('userId') userId: string) {
    return {
      userId,
      email: `${userId}@example.org`,
      name: 'Ada',
      subscriptionPlan: 'free',
      preferences: ['drama', 'thriller', 'measured'],
      totalWatchTime: 0,
      favoriteGenres: [],
      lastActive: this.since,
      registrationDate: this.since,
      isPremium: false,
      isActive: true,
    };
  }
}

@Module({ controllers: [BareController] })
class BareModule {}

const app = await NestFactory.create<NestFastifyApplication>(BareModule, new FastifyAdapter(), {
  logger: ['error', 'warn'],
});
app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }));
app.enableShutdownHooks();
await app.listen(0, '127.0.0.1');
console.log(`Ready at ${await app.getUrl()}`);
