import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAuthority, type Authority, type Identity } from './certificates.ts';
import { freePorts } from './ports.ts';

/** One broker with a listener per kind of authentication, ACLs for everyone but `admin`. */
export interface SecureSetup {
  readonly authority: Authority;
  /** `host:port` by protocol: SASL over TLS (SCRAM-SHA-256/512, PLAIN, OAUTHBEARER on one port) and mutual TLS. */
  readonly saslSsl: string;
  readonly mutualTls: string;
  /** The super user, and users without any right until an ACL gives them one. Passwords are `<name>-secret`. */
  readonly admin: { readonly username: string; readonly password: string };
  readonly users: readonly string[];
  password(user: string): string;
  /** A token for OAUTHBEARER that the broker's unsecured validator (RFC 7515 appendix A.5, test only) accepts for `user`. */
  token(user: string, lifetimeSeconds?: number): string;
  /** A client certificate whose principal is `User:CN=<name>`; `lethe-admin` is a super user. */
  issue(name: string): Promise<Identity>;
  readonly properties: Readonly<Record<string, string | number | boolean>>;
  readonly formatArguments: readonly string[];
}

const USERS = ['lethe', 'mallory'] as const;
const password = (user: string): string => `${user}-secret`;

export async function secure(
  directory: string,
  node: { readonly host: string; readonly port: number },
): Promise<SecureSetup> {
  const authority = await createAuthority(directory);
  const broker = await authority.issue('broker', [node.host]);
  const [mutual = 0, internal = 0, controller = 0] = await freePorts(3, node.host);
  const keyStore = join(directory, 'broker.keystore.pem');
  writeFileSync(keyStore, `${broker.key}${broker.certificate}${authority.certificate}`);
  const at = (name: string, port: number): string => `${name}://${node.host}:${port}`;
  const login = 'org.apache.kafka.common.security';
  const all = ['admin', ...USERS];
  return {
    authority,
    saslSsl: `${node.host}:${node.port}`,
    mutualTls: `${node.host}:${mutual}`,
    admin: { username: 'admin', password: password('admin') },
    users: USERS,
    password,
    token: unsecuredToken,
    issue: (name) => authority.issue(name),
    formatArguments: all.flatMap((user) =>
      ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
        '--add-scram',
        `${mechanism}=[name=${user},password=${password(user)}]`,
      ]),
    ),
    properties: {
      listeners: [
        at('SASL_SSL', node.port),
        at('MUTUAL', mutual),
        at('INTERNAL', internal),
        at('CONTROLLER', controller),
      ].join(','),
      'controller.quorum.voters': `1@${node.host}:${controller}`,
      'advertised.listeners': [
        at('SASL_SSL', node.port),
        at('MUTUAL', mutual),
        at('INTERNAL', internal),
      ].join(','),
      'listener.security.protocol.map': 'SASL_SSL:SASL_SSL,MUTUAL:SSL,INTERNAL:SSL,CONTROLLER:SSL',
      'inter.broker.listener.name': 'INTERNAL',
      'sasl.enabled.mechanisms': 'SCRAM-SHA-512,SCRAM-SHA-256,PLAIN,OAUTHBEARER',
      'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': `${login}.scram.ScramLoginModule required;`,
      'listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config': `${login}.scram.ScramLoginModule required;`,
      'listener.name.sasl_ssl.plain.sasl.jaas.config': `${login}.plain.PlainLoginModule required ${all
        .map((user) => `user_${user}="${password(user)}"`)
        .join(' ')};`,
      'listener.name.sasl_ssl.oauthbearer.sasl.jaas.config': `${login}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
      'listener.name.sasl_ssl.oauthbearer.sasl.server.callback.handler.class': `${login}.oauthbearer.internals.unsecured.OAuthBearerUnsecuredValidatorCallbackHandler`,
      'listener.name.sasl_ssl.oauthbearer.sasl.login.callback.handler.class': `${login}.oauthbearer.internals.unsecured.OAuthBearerUnsecuredLoginCallbackHandler`,
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': keyStore,
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': authority.certificateFile,
      'listener.name.mutual.ssl.client.auth': 'required',
      'listener.name.internal.ssl.client.auth': 'required',
      'listener.name.controller.ssl.client.auth': 'required',
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'allow.everyone.if.no.acl.found': false,
      'super.users': 'User:admin;User:CN=broker;User:CN=lethe-admin',
    },
  };
}

/** A JWS without signature: `alg: none`, subject, and a lifetime. */
function unsecuredToken(user: string, lifetimeSeconds = 3600): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  return `${part({ alg: 'none' })}.${part({ sub: user, iat: now, exp: now + lifetimeSeconds })}.`;
}
