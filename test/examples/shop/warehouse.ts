import { EventfoldError } from '../../../src/event-sourcing/index.js';

export interface ShipmentRequest {
  orderId: string;
  article: string;
  quantity: number;
}

/** The service that packs and sends. It takes each request id once. */
export abstract class Warehouse {
  abstract requestShipment(requestId: string, request: ShipmentRequest): Promise<void>;
}

/** The warehouse cannot work now. `unavailable` means: try again, as long as it takes, and park nothing. */
export class WarehouseUnavailable extends EventfoldError {
  readonly kind = 'unavailable';
  readonly code = 'warehouse.unavailable';
}

/** The time limit for an answer, in ms. A connection to the database is in a transaction for that time. */
const PATIENCE_MS = 2_000;

export class HttpWarehouse extends Warehouse {
  constructor(private readonly url: string) {
    super();
  }

  async requestShipment(requestId: string, request: ShipmentRequest): Promise<void> {
    const response = await this.send(requestId, request);
    if (response.ok) return;
    const said = `The warehouse answered ${response.status}: ${await response.text()}`;
    if (response.status >= 500 || response.status === 429) throw new WarehouseUnavailable(said);
    throw new Error(said);
  }

  private send(requestId: string, request: ShipmentRequest): Promise<Response> {
    return fetch(`${this.url}/shipments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': requestId },
      body: JSON.stringify(request),
      signal: AbortSignal.timeout(PATIENCE_MS),
    }).catch((cause: unknown) => {
      throw new WarehouseUnavailable('The warehouse does not answer.', { cause });
    });
  }
}
