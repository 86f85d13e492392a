import { MAX_INTEGER } from '../event-sourcing/for-service.js';
import { Instant, Email, OneOf, Text, TextSet, Uuid, WholeNumberText } from '../api/request/fields.js';
import { PathUuid } from '../api/request/path-uuid.js';
import { PLANS, type Plan } from './user.events.js';
import { EXAMPLE_USER } from '../api/example-user.js';

const USER_ID = { example: EXAMPLE_USER.id };
const PREFERENCES = { maxItems: 50, maxLength: 64, example: ['drama', 'comedy', 'action'] };

export const UserId = () => PathUuid('userId', USER_ID.example);

export class RegisterUserBody {
  @Email({ example: EXAMPLE_USER.email, description: 'Unique, without regard to case and spelling.' })
  email: string;
  @Text({ max: 200, example: EXAMPLE_USER.name }) name: string;
  @TextSet({ ...PREFERENCES, optional: true }) initialPreferences: string[] = [];
  @Uuid({ ...USER_ID, optional: true, description: 'Default: the id of the sender, or else a new UUID.' })
  userId?: string;
}

export class SubscribeBody {
  @OneOf(PLANS, { example: 'premium' }) plan: Plan;
  @Text({
    max: 255,
    example: 'credit_card',
    description: 'The token of a means of payment. The number of a card or an IBAN is refused.',
  })
  paymentMethod: string;
}

export class PreferencesBody {
  @TextSet(PREFERENCES) preferences: string[];
}

export class ReasonBody {
  @Text({ max: 1000, optional: true, example: 'moved away' }) reason?: string;
}

export class AsOfQuery {
  @WholeNumberText({
    optional: true,
    min: 1,
    max: MAX_INTEGER,
    description: 'The state after the event with this version.',
  })
  version?: number;

  @Instant({ optional: true, description: 'The state at an instant.', example: '2026-01-31T20:15:00Z' })
  at?: string;
}
