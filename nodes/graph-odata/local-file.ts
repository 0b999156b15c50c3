import { isAbsolute, resolve } from 'node:path'
import type { NodeAPI } from 'node-red'
import { Problem } from '../lib/problem'
import type { FieldEvaluator, TypedField } from './field-types'

/**
 * The file that a node reads or writes; undefined where the field is blank. A relative path means what it means to
 * core's own file nodes: below `fileWorkingDirectory`.
 */
export async function localFile(
  RED: NodeAPI,
  fields: FieldEvaluator,
  field: TypedField,
): Promise<string | undefined> {
  const path = await fields.evaluate('file', field)
  if (path === undefined) return undefined
  if (typeof path !== 'string') throw new Problem('notText', { field: 'file', value: typeof path })
  if (path.includes('\0')) throw new Problem('notText', { field: 'file', value: 'NUL' })
  const folder = (RED.settings as unknown as Record<string, unknown>)['fileWorkingDirectory']
  return isAbsolute(path) ? path : resolve(typeof folder === 'string' ? folder : '.', path)
}
