export { OrdersModule } from './orders.js';
export { TotalsModule } from './totals.js';
