import { Button } from '../design/button.js';
import { lostConnection, retryNow } from '../live/connection.js';

/** Says that what the page shows may be old, for as long as it is. */
export function ConnectionLine() {
  const lost = lostConnection.value;
  return (
    <div role="status">
      {lost?.state === 'waiting' && (
        <div class="connection-lost">
          <span>
            The connection to the service is lost, and what you see may be old. The page tries again by
            itself.
          </span>
          <Button isSmall onClick={retryNow}>
            Try now
          </Button>
        </div>
      )}
    </div>
  );
}
