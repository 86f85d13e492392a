import { Body, Controller, Module, Param, Post } from '@nestjs/common';
import {
  AggregateRoot,
  DomainEvent,
  type EventSourcedRepository,
  EventSourcingModule,
  type Evolve,
  InjectAggregates,
} from 'nest-eventfold';

interface Item {
  product: string;
  pieces: number;
}

class ItemAdded extends DomainEvent<'cart.item-added', Item> {
  static readonly type = 'cart.item-added';
  readonly type = ItemAdded.type;
}

class Cart extends AggregateRoot<{ pieces: number }, ItemAdded> {
  static readonly stream = 'cart';
  static readonly events = [ItemAdded];
  protected readonly initialState = { pieces: 0 };
  protected readonly evolve: Evolve<{ pieces: number }, ItemAdded> = {
    'cart.item-added': ({ pieces }, { data }) => ({ pieces: pieces + data.pieces }),
  };

  static open(id: string, first: Item): Cart {
    const cart = new Cart(id);
    cart.add(first);
    return cart;
  }

  add(item: Item): void {
    this.raise(new ItemAdded(item));
  }

  get pieces(): number {
    return this.state.pieces;
  }
}

/** The content of a cart follows from its events. */
@Controller('carts/:id')
class CartsController {
  constructor(@InjectAggregates(Cart) private readonly carts: EventSourcedRepository<Cart>) {}

  @Post()
  async open(@Param('id') id: string, @Body() item: Item) {
    return shown(await this.carts.create(Cart.open(id, item)));
  }

  @Post('items')
  async add(@Param('id') id: string, @Body() item: Item) {
    return shown(await this.carts.update(id, (cart) => cart.add(item)));
  }
}

const shown = ({ version, pieces }: Cart) => ({ version, pieces });

@Module({
  imports: [EventSourcingModule.forFeature({ aggregates: [Cart] })],
  controllers: [CartsController],
})
export class CartsModule {}
