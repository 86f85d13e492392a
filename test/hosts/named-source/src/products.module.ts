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
import {
  Command,
  CommandBus,
  CommandHandler,
  type ICommandHandler,
  type IQueryHandler,
  Query,
  QueryBus,
  QueryHandler,
} from '@nestjs/cqrs';
import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { Column, Entity, PrimaryGeneratedColumn, type Repository } from 'typeorm';
import { SHOP } from './data-source.js';

@Entity('products')
export class Product {
  @PrimaryGeneratedColumn() id!: number;
  @Column('text') name!: string;
}

class AddProduct extends Command<Product> {
  constructor(readonly name: string) {
    super();
  }
}

@CommandHandler(AddProduct)
class AddProductHandler implements ICommandHandler<AddProduct> {
  constructor(@InjectRepository(Product, SHOP) private readonly products: Repository<Product>) {}

  execute({ name }: AddProduct): Promise<Product> {
    return this.products.save({ name });
  }
}

class ListProducts extends Query<Product[]> {}

@QueryHandler(ListProducts)
class ListProductsHandler implements IQueryHandler<ListProducts> {
  constructor(@InjectRepository(Product, SHOP) private readonly products: Repository<Product>) {}

  execute(): Promise<Product[]> {
    return this.products.find({ order: { id: 'asc' } });
  }
}

/** Rows, over the application's own command and query buses. */
@Controller('products')
class ProductsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  list(): Promise<Product[]> {
    return this.queries.execute(new ListProducts());
  }

  @Get(':id')
  async get(@Param('id', ParseIntPipe) id: number): Promise<Product> {
    const found = (await this.list()).find((product) => product.id === id);
    if (found === undefined) throw new NotFoundException(`no product ${id}`);
    return found;
  }

  @Post()
  add(@Body() { name }: { name?: unknown }): Promise<Product> {
    if (typeof name !== 'string') throw new BadRequestException('a product has a name');
    return this.commands.execute(new AddProduct(name));
  }
}

@Module({
  imports: [TypeOrmModule.forFeature([Product], SHOP)],
  controllers: [ProductsController],
  providers: [AddProductHandler, ListProductsHandler],
})
export class ProductsModule {}
