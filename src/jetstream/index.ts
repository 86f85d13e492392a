export type { BrokerOptions } from './broker/broker-options.js';
