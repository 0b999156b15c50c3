import type { Caller } from './authentication'
import type { ResourcePath } from './path'
import { textOf, type DataSource } from './rows'
import { workloadOf, type WorkloadName } from './workloads'

/** Whose limits a request counts against. */
export interface Use {
  readonly workload: WorkloadName
  /** Object id of its owner; undefined for what is in no mailbox. */
  readonly mailbox: string | undefined
  readonly appId: string
  readonly tenantId: string
  /** By an application in its own name. */
  readonly applicationOnly: boolean
}

export function useOf(path: ResourcePath, caller: Caller | undefined, data: DataSource): Use {
  const workload = workloadOf(path.type).name
  return {
    workload,
    mailbox: workload === 'exchange' ? mailboxOf(path, caller, data) : undefined,
    appId: caller?.appId ?? '',
    tenantId: caller?.tenantId ?? '',
    applicationOnly: caller !== undefined && caller.userId === undefined,
  }
}

/** A mailbox is one under each of its names: `me`, the user's id and the user principal name. */
function mailboxOf(
  { steps: [root, key] }: ResourcePath,
  caller: Caller | undefined,
  data: DataSource,
): string {
  if (root?.kind === 'root' && root.name === 'me') return caller?.userId ?? ''
  if (key?.kind !== 'key') return ''
  const user = data.set('users')?.byKey?.(key.value)
  return user === undefined ? key.value : textOf(user, 'id')
}
