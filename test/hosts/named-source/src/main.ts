import { AppModule } from './app.module.js';
import { serve } from './serve.js';

await serve(AppModule);
