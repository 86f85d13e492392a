// Runs in every end-to-end test file before its tests. An answer that the OpenAPI document does not describe fails the
// test that got it, or the set-up of its group.

import { afterAll, afterEach } from '@jest/globals';
import { failOnFaults } from '../http/described-answers.js';

afterEach(failOnFaults);
afterAll(failOnFaults);
