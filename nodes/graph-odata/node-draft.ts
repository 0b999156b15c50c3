import type { Node, NodeAPI } from 'node-red'
import { Problem } from '../lib/problem'
import { isPlainRecord, isRecord, textAt } from '../lib/records'
import { explain } from '../shared/explain'
import { readConfig, type GraphODataConfig } from './config'
import type { FieldEvaluator } from './field-types'
import { fieldEvaluator } from './fields'
import type { Message } from './message'

/** A node as it stands in its dialog, ready to be evaluated as a deployed one would be. */
export interface ReadNodeDraft {
  readonly config: GraphODataConfig
  readonly message: Message
  readonly fields: FieldEvaluator
}

/** @throws Problem naming what is wrong with the node's properties. */
export function readNodeDraft(RED: NodeAPI, given: unknown): ReadNodeDraft {
  const draft = isRecord(given) ? given['node'] : undefined
  const properties = isRecord(draft) ? draft['properties'] : undefined
  if (!isPlainRecord(properties)) throw new Problem('requestMalformed', { field: 'node' })
  const sample = isRecord(draft) ? draft['message'] : undefined
  const message: Message = isPlainRecord(sample) ? { ...sample } : {}
  const node = placeOf(RED, textAt(draft, 'id'))
  return { config: readConfig(properties), message, fields: fieldEvaluator(RED, node, message) }
}

/** The deployed node, for the values of its flow; else one that stands nowhere and knows only the process's environment. */
function placeOf(RED: NodeAPI, id: string | undefined): Node {
  const deployed = id === undefined ? null : (RED.nodes.getNode(id) as Node | null)
  const nowhere = {
    context: () => {
      throw new Error(explain(RED, new Problem('nodeNotDeployed')))
    },
  }
  return deployed ?? (nowhere as unknown as Node)
}

/** For a question that needs no values: what only the running flow knows is a placeholder in the path, and no option. */
export function withoutValues(fields: FieldEvaluator): FieldEvaluator {
  return {
    evaluate: async (field, input) => {
      try {
        return await fields.evaluate(field, input)
      } catch (error) {
        const unknown = error instanceof Problem && ['fieldEmpty', 'fieldInvalid'].includes(error.code)
        if (!unknown || field === 'entity' || field === 'appendUrl') throw error
        return field === 'key' || field.startsWith('params ') ? '{id}' : undefined
      }
    },
  }
}
