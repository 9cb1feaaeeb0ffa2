/** Grants: what of roles can be given, agreed to and taken by the one who looks. */

import { ROLES, type GrantInfo, type PersonInfo, type Role } from '../wire'

/** Roles that a person does not hold and that were not asked for, in the order of the policy. */
export function missing(of: PersonInfo, me: string, may: (action: string) => boolean): Role[] {
  const had = new Set(of.grants.map((grant) => grant.role))
  return ROLES.filter((role) => {
    if (had.has(role)) return false
    return role === 'approver' ? may('people.approver') && of.key !== me : may('people.grant')
  })
}

/** Whether one can agree: to what another asked, for a third, who has a second factor. */
export function canAgree(grant: GrantInfo, of: PersonInfo, me: { key: string; name: string }): boolean {
  return grant.state === 'asked' && grant.person !== me.key && grant.asked_by !== me.name && of.factors > 0
}

/** Whether one can take it: what waits, by either of the two; what holds, by who may revoke. */
export function canTake(grant: GrantInfo, may: (action: string) => boolean): boolean {
  return may(grant.state === 'holds' ? 'people.revoke' : 'people.approver')
}

/** Those that wait for a person or for their time, the oldest first. */
export function waiting(people: readonly PersonInfo[]): GrantInfo[] {
  const all = people.flatMap((of) => of.grants.filter((grant) => grant.state !== 'holds'))
  return all.sort((a, b) => a.asked_s - b.asked_s)
}

/** Those who can come in, by name; then those who cannot any more. */
export function ordered(people: readonly PersonInfo[], language: string): PersonInfo[] {
  const by = new Intl.Collator(language)
  return [...people].sort((a, b) => Number(a.closed_s !== null) - Number(b.closed_s !== null) || by.compare(a.name, b.name))
}
