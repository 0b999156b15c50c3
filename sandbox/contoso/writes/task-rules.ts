import { GraphError, notFound } from '../../graph/errors'
import { textOf, type Row } from '../../graph/rows'
import type { WriteRule } from '../../graph/write-rules'
import { now } from '../random'
import type { Store } from '../store'

/** To Do keeps its two own lists, and a task of Planner's stands in a plan that there is. */
export function taskRules({ planner }: Store): Record<string, WriteRule> {
  const checkPlan = (values: Row): void => {
    const plan = textOf(values, 'planId')
    if (plan !== '' && planner.plans.byKey(plan) === undefined) throw notFound('planner', plan)
    const bucket = values['bucketId']
    if (typeof bucket === 'string' && planner.buckets.byKey(bucket) === undefined)
      throw notFound('planner', bucket)
  }
  return {
    todoTaskList: {
      remove: (row) => {
        if (row['wellknownListName'] !== 'none')
          throw new GraphError(400, 'invalidRequest', 'A well-known list cannot be deleted.')
      },
    },
    todoTask: { update: ({ body: { values } }) => ({ ...values, ...completion(values) }) },
    plannerBucket: {
      create: ({ body: { values } }) => {
        checkPlan(values)
        return { values }
      },
    },
    plannerTask: {
      create: ({ body: { values } }) => {
        checkPlan(values)
        return { values }
      },
      update: ({ body: { values } }) => {
        checkPlan(values)
        const percent = values['percentComplete']
        if (percent === undefined) return values
        return { ...values, completedDateTime: percent === 100 ? now() : null }
      },
    },
  }
}

function completion({ status }: Row): Row {
  if (status === undefined) return {}
  const time = { dateTime: now().replace('Z', '.0000000'), timeZone: 'UTC' }
  return { completedDateTime: status === 'completed' ? time : null }
}
