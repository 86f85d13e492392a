/**
 * What stands for the sender at an address: an IPv4 address itself; of IPv6, where one sender has 2^64 of them, the
 * /64.
 */
export function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address;
  const [before, after] = address.split('::').map(groupsOf) as [string[], string[]?];
  const zeros = after === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array<string>(zeros).fill('0'), ...(after ?? [])];
  return `${groups.slice(0, 4).join(':')}::/64`;
}

const groupsOf = (part: string) => part.split(':').filter((group) => group !== '');
