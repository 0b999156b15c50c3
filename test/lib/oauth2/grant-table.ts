import { createPrivateKey, createPublicKey } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { apps, demoPassword } from '../../../sandbox/contoso/tenant'
import type { SignInControl } from '../../../sandbox/sign-in/control'
import { selfSignedCertificate } from '../../support/self-signed-certificate'
import { adele, foreignAssertion } from './signing-in'

export type Proof = 'secret' | 'certificate' | 'federated' | 'none'

/** Grant, and how the client may prove who it is with it. */
export const GRANTS: readonly (readonly [string, readonly Proof[]])[] = [
  ['authorization_code', ['secret', 'certificate', 'federated', 'none']],
  ['device_code', ['secret', 'certificate', 'federated', 'none']],
  ['client_credentials', ['secret', 'certificate', 'federated']],
  ['password', ['secret', 'certificate', 'federated', 'none']],
]

export interface Combination {
  readonly grantType: string
  readonly version: 'v1' | 'v2'
  readonly proof: Proof
  readonly title: string
}

/** Each grant at both generations of endpoints, by each proof. */
export const COMBINATIONS: readonly Combination[] = GRANTS.flatMap(([grantType, proofs]) =>
  (['v2', 'v1'] as const).flatMap((version) =>
    proofs.map((proof) => ({ grantType, version, proof, title: `${grantType}, ${version}, ${proof}` })),
  ),
)

/** What every proof needs, known to the sign-in service; the federated token is written to the file. */
export function registerProofs(control: SignInControl, tokenFile: string): Record<string, string> {
  const { certificate, key } = selfSignedCertificate()
  control.registerCertificate(apps.web.clientId, certificate)
  const [issuer, subject] = ['https://cluster.example', 'system:serviceaccount:flows:node-red']
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()
  control.registerFederatedCredential(apps.web.clientId, { issuer, subject, publicKey })
  writeFileSync(tokenFile, `${foreignAssertion(createPrivateKey(key), issuer, subject)}\n`)
  return {
    clientSecret: apps.web.secrets[0],
    certificate,
    privateKey: key,
    username: adele().userPrincipalName,
    password: demoPassword,
  }
}

/** Public clients are those without a proof. */
export function clientOf(proof: Proof): string {
  return proof === 'none' ? apps.publicClient.clientId : apps.web.clientId
}
