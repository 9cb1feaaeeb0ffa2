/** Passkey: the two ceremonies of WebAuthn, at the side of the browser. */

import { post } from '../api'
import type { Ceremony, Codes, SessionInfo } from '../wire'

/** Whether this browser can have passkeys. */
export function canPasskey(): boolean {
  return typeof PublicKeyCredential !== 'undefined' && 'parseRequestOptionsFromJSON' in PublicKeyCredential
}

/** Shows a passkey: to come in, as the second factor, or to unlock. */
export async function showPasskey(): Promise<SessionInfo> {
  const { id, options } = await post<Ceremony>('session/passkey/ask')
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options.publicKey as unknown as PublicKeyCredentialRequestOptionsJSON)
  const credential = await navigator.credentials.get({ publicKey })
  return post<SessionInfo>('session/passkey', { id, credential: json(credential) })
}

/** Makes a passkey. Gives recovery codes, where there were none. */
export async function makePasskey(label: string): Promise<string[]> {
  const { id, options } = await post<Ceremony>('session/factors/passkey/begin')
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options.publicKey as unknown as PublicKeyCredentialCreationOptionsJSON)
  const credential = await navigator.credentials.create({ publicKey })
  const { recovery } = await post<Codes>('session/factors/passkey', { id, label, credential: json(credential) })
  return recovery
}

function json(credential: Credential | null): unknown {
  if (!(credential instanceof PublicKeyCredential)) throw new DOMException('no passkey', 'NotAllowedError')
  return credential.toJSON()
}
