import {
  BadRequestException,
  Body,
  Controller,
  Get,
  Module,
  NotFoundException,
  Param,
  ParseIntPipe,
  Post,
} from '@nestjs/common';
import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { Column, Entity, PrimaryGeneratedColumn, type Repository } from 'typeorm';

@Entity('products')
export class Product {
  @PrimaryGeneratedColumn() id!: number;
  @Column('text') name!: string;
}

/** Rows that the application had before there were events. */
@Controller('products')
class ProductsController {
  constructor(@InjectRepository(Product) private readonly products: Repository<Product>) {}

  @Get()
  list(): Promise<Product[]> {
    return this.products.find({ order: { id: 'asc' } });
  }

  @Get(':id')
  async get(@Param('id', ParseIntPipe) id: number): Promise<Product> {
    const found = await this.products.findOneBy({ id });
    if (found === null) throw new NotFoundException(`no product ${id}`);
    return found;
  }

  @Post()
  add(@Body() { name }: { name?: unknown }): Promise<Product> {
    if (typeof name !== 'string') throw new BadRequestException('a product has a name');
    return this.products.save({ name });
  }
}

@Module({ imports: [TypeOrmModule.forFeature([Product])], controllers: [ProductsController] })
export class ProductsModule {}
