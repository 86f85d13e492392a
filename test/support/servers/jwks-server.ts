import { exportJWK, exportSPKI, generateKeyPair, type GenerateKeyPairResult, type JWK } from 'jose';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface IssuerKey {
  alg: string;
  kid: string;
  privateKey: GenerateKeyPairResult['privateKey'];
  jwk: JWK;
  /** The key as PEM, which an attacker has. */
  spki: string;
}

export async function issuerKey(alg: string, kid: string): Promise<IssuerKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, use: 'sig' };
  return { alg, kid, privateKey, jwk, spki: await exportSPKI(publicKey) };
}

/** Publishes the keys of an issuer, or behaves like another server. */
export class JwksServer {
  keys: IssuerKey[] = [];
  mode: 'keys' | 'fails' | 'is no JSON' | 'hangs' = 'keys';
  requests = 0;
  private server?: Server;
  private port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.port}/jwks.json`;
  }

  /** The second start uses the address of the first. */
  async start(): Promise<void> {
    this.server = createServer((_request, response) => {
      this.requests += 1;
      if (this.mode === 'hangs') return;
      response.statusCode = this.mode === 'fails' ? 500 : 200;
      const body = JSON.stringify({ keys: this.keys.map(({ jwk }) => jwk) });
      response.end(this.mode === 'keys' ? body : '<html>');
    }).listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    ({ port: this.port } = this.server.address() as AddressInfo);
  }

  async stop(): Promise<void> {
    if (this.server?.listening !== true) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}
