import { BlockList, isIP } from 'node:net';

/** `range` is an address or a CIDR without host bits; anything else holds no address. */
export function addressInRange(address: string, range: string): boolean {
  const [network = '', prefixText, ...rest] = range.split('/');
  const family = isIP(network);
  const peer = address.replace(/^::ffff:(?=\d+\.)/, '');
  if (family === 0 || rest.length > 0 || isIP(peer) !== family) return false;
  const most = family === 4 ? 32 : 128;
  const prefix = prefixText === undefined ? most : readPrefix(prefixText, most);
  if (prefix === null || hasHostBits(network, family, prefix)) return false;
  const list = new BlockList();
  const name = family === 4 ? 'ipv4' : 'ipv6';
  list.addSubnet(network, prefix, name);
  return list.check(peer, name);
}

function readPrefix(text: string, most: number): number | null {
  return /^\d{1,3}$/.test(text) && Number(text) <= most ? Number(text) : null;
}

function hasHostBits(network: string, family: number, prefix: number): boolean {
  const bits = family === 4 ? bitsOfV4(network) : bitsOfV6(network);
  return bits.slice(prefix).includes('1');
}

function bitsOfV4(address: string): string {
  return address
    .split('.')
    .map((part) => Number(part).toString(2).padStart(8, '0'))
    .join('');
}

function bitsOfV6(address: string): string {
  const [front = '', back] = address.toLowerCase().split('::');
  const head = front === '' ? [] : front.split(':');
  const tail = back === undefined || back === '' ? [] : back.split(':');
  const zeros = back === undefined ? 0 : 8 - head.length - tail.length;
  const groups = [...head, ...Array.from({ length: Math.max(0, zeros) }, () => '0'), ...tail];
  return groups.map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0')).join('');
}
