import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';

/** The addresses of feeds to follow, as JSON in the first argument. Runs until its parent ends it. */
const urls = JSON.parse(process.argv[2]!) as string[];
const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
/** Feeds that are opened at a time. */
const AT_ONCE = 50;

async function follow(url: string): Promise<void> {
  const request = get(url, { agent, headers: { accept: 'text/event-stream' } });
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  if (answer.statusCode !== 200) throw new Error(`${url} was answered with ${answer.statusCode}`);
  answer.resume();
  answer.once('close', () => process.exit()); // the service has ended
}

for (let first = 0; first < urls.length; first += AT_ONCE) {
  await Promise.all(urls.slice(first, first + AT_ONCE).map(follow));
}
console.log(`Ready: ${urls.length} feeds are open`);
