import { Get } from '@nestjs/common';
import { ApiOperation, ApiProperty, ApiSchema } from '@nestjs/swagger';
import {
  RELAY_STATES,
  RelayMonitor,
  type RelayState,
  type RelayStatus,
} from '../event-sourcing/for-service.js';
import { Allow } from '../api/access/allow.decorator.js';
import { ApiController } from '../api/route/api-controller.js';
import { Answers } from '../api/route/route-answers.js';

const STATES = Object.keys(RELAY_STATES) as RelayState[];

@ApiSchema({
  name: 'Relay',
  description: 'How far the stream of the relay has the log, as this process knows it.',
})
class RelayBody implements RelayStatus {
  @ApiProperty({
    enum: STATES,
    example: 'running',
    description: STATES.map((state) => `\`${state}\`: ${RELAY_STATES[state]}.`).join(' '),
  })
  state: RelayState;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    example: 4990,
    description: 'Position of the last event in the stream; null while it is not known.',
  })
  position: number | null;
  @ApiProperty({ type: 'integer', example: 5000, description: 'Position of the last event of the log.' })
  logPosition: number;
  @ApiProperty({
    type: Number,
    nullable: true,
    example: 0.4,
    description:
      'Age of the oldest event that is not in the stream, in seconds; null while `position` is not known.',
  })
  lagSeconds: number | null;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    example: null,
    description:
      'The first position at which the stream has another event than the log; null unless it has diverged.',
  })
  divergedAt: number | null;
  @ApiProperty({
    type: String,
    nullable: true,
    example: null,
    description: 'The reason for the state, in words; null when there is none.',
  })
  reason: string | null;
}

/** The relay of this process to a stream of JetStream. */
@ApiController('relay', 'Relay')
export class RelayController {
  constructor(private readonly monitor: RelayMonitor) {}

  @Get()
  @Allow('admin')
  @ApiOperation({ operationId: 'getRelay', summary: 'The status of the relay' })
  @Answers(200, RelayBody)
  status(): Promise<RelayBody> {
    return this.monitor.status();
  }
}
