import { AppModule } from './app.module';
import { serve } from './serve';

void serve(AppModule);
