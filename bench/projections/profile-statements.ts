import type { ProfileEvent } from './profile-fold.js';

/** SQL with `$n`, and their values. */
export interface Statement {
  text: string;
  values: readonly (string | number)[];
}

/** The change of one event in its user's row in `table`, as one statement. Most people write this first. */
export function profileStatement(table: string, event: ProfileEvent): Statement {
  const { userId } = event.data;
  switch (event.type) {
    case 'user.registered': {
      const { email, name, initialPreferences } = event.data;
      return {
        text: `
          insert into ${table} values ($1, $2, $3, 'free', array(select jsonb_array_elements_text($4::jsonb)), 0,
                 array(select jsonb_array_elements_text($4::jsonb)), to_timestamp($5::float8 / 1000),
                 to_timestamp($5::float8 / 1000), true)`,
        values: [userId, email, name, JSON.stringify(initialPreferences), event.recordedAt],
      };
    }
    case 'user.subscribed':
      return update(table, event, 'subscription_plan = $3', event.data.plan);
    case 'user.preferences_updated': {
      const preferences = JSON.stringify(event.data.newPreferences);
      return update(
        table,
        event,
        'preferences = array(select jsonb_array_elements_text($3::jsonb))',
        preferences,
      );
    }
    case 'user.deactivated':
      return update(table, event, 'is_active = false');
    case 'user.reactivated':
      return update(table, event, 'is_active = true');
    case 'content.watched': {
      const { watchDurationSeconds, genre = 'unknown' } = event.data;
      const set = `
        total_watch_time = total_watch_time + $3::float8,
        favorite_genres = case when $4 = any (favorite_genres) then favorite_genres else favorite_genres || $4::text end`;
      return update(table, event, set, watchDurationSeconds, genre);
    }
    default:
      return update(table, event); // it changes only `last_active`
  }
}

function update(table: string, event: ProfileEvent, set = '', ...values: (string | number)[]): Statement {
  const sets = [
    'last_active = greatest(last_active, to_timestamp($2::float8 / 1000))',
    ...(set ? [set] : []),
  ];
  return {
    text: `update ${table} set ${sets.join(', ')} where user_id = $1`,
    values: [event.data.userId, event.at, ...values],
  };
}
