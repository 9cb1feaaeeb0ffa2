/** Doorway: what a session and a fragment of the address say. */

import type { SessionInfo } from '../wire'

/** Whether the console is shown; locked, it is shown in part. */
export function isIn(info: SessionInfo | null): boolean {
  return info !== null && (info.local || (info.person !== null && (info.state === 'open' || info.state === 'locked')))
}

/** `#link=SECRET`, or `#openid=REASON` where an issuer let nobody in; null: neither. */
export function reading(hash: string): { link?: string; openid?: string } | null {
  const said = new URLSearchParams(hash.replace(/^#/, '').replaceAll('+', '%2B'))
  const [link, openid] = [said.get('link'), said.get('openid')]
  if (link !== null && /^[\w-]{1,64}$/.test(link)) return { link }
  return openid !== null && openid !== '' ? { openid } : null
}

/** What a person hands on: the link with its secret in the fragment, which no server is sent. */
export function linked(origin: string, secret: string): string {
  return `${origin}/#link=${secret}`
}
