import type { Relation, Row, Rows } from '../graph/rows'
import { textOf } from '../graph/rows'
import { Table, view, type TableSetting } from '../graph/table'
import { type Collections, shortId, weakTag } from './collections'
import { outlookId } from './mailbox'
import { minutesAgo, now } from './random'
import type { Store } from './store'

/** A user's To Do and the company's Planner. */
export function taskRelations(store: Store): Record<string, Relation> {
  const { collections, planner } = store
  const inPlan = (plan: Row, table: Table): Rows =>
    view(table, (row) => row['planId'] === plan['id'], { planId: plan['id'] })
  return {
    'user/todo': (user) => ({ id: user['id'] }),
    'todo/lists': (todo) => listsOf(collections, textOf(todo, 'id')),
    'todoTaskList/tasks': (list) => tasksOf(collections, list),
    'todoTask/checklistItems': (task) => collections.of(task, 'checklistItems', none, steps),
    'todoTask/linkedResources': (task) => collections.of(task, 'linkedResources'),
    'user/planner': (user) => ({ id: user['id'] }),
    'plannerUser/tasks': (owner) =>
      view(planner.tasks, (row) => Object.keys(row['assignments'] ?? {}).includes(textOf(owner, 'id'))),
    'planner/plans': () => planner.plans,
    'planner/buckets': () => planner.buckets,
    'planner/tasks': () => planner.tasks,
    'plannerPlan/buckets': (plan) => inPlan(plan, planner.buckets),
    'plannerPlan/tasks': (plan) => inPlan(plan, planner.tasks),
    'plannerBucket/tasks': (bucket) => {
      const given = { planId: bucket['planId'], bucketId: bucket['id'] }
      return view(planner.tasks, (row) => row['bucketId'] === bucket['id'], given)
    },
  }
}

const none = (): Row[] => []

function listsOf(collections: Collections, owner: string): Table {
  const list = (displayName: string, wellknownListName: string): Row => {
    const id = outlookId(owner, 'tasks', displayName)
    return { '@odata.etag': weakTag(id), id, displayName, isOwner: true, isShared: false, wellknownListName }
  }
  return collections.of(
    { id: owner },
    'todo lists',
    () => [list('Tasks', 'defaultList'), list('Flagged emails', 'flaggedEmails')],
    () => ({
      complete: (values, number) => {
        const id = outlookId(owner, 'tasks', `new ${number}`)
        return { ...list(textOf(values, 'displayName'), 'none'), '@odata.etag': weakTag(id), id }
      },
    }),
  )
}

function tasksOf(collections: Collections, list: Row): Table {
  const task = (id: string, title: string, time: string): Row => ({
    '@odata.etag': weakTag(id),
    id,
    importance: 'normal',
    isReminderOn: false,
    status: 'notStarted',
    title,
    createdDateTime: time,
    lastModifiedDateTime: time,
    hasAttachments: false,
    categories: [],
    body: { content: '', contentType: 'text' },
  })
  const listId = textOf(list, 'id')
  const titles =
    list['wellknownListName'] === 'defaultList' ? ['Order new labels', 'Call Northwind Traders'] : []
  return collections.of(
    list,
    'tasks',
    () =>
      titles.map((title, index) => task(outlookId(listId, 'task', index), title, minutesAgo(9000 + index))),
    () => ({
      complete: (values, number) =>
        task(outlookId(listId, 'task', `new ${number}`), textOf(values, 'title'), now()),
    }),
  )
}

function steps(task: Row): TableSetting {
  return {
    complete: (_, number) => ({
      id: shortId(`${textOf(task, 'id')} step ${number}`),
      isChecked: false,
      createdDateTime: now(),
    }),
  }
}

/** One plan with two buckets and a few tasks; each change of any of them takes its entity tag. */
export class Planner {
  readonly plans: Table
  readonly buckets: Table
  readonly tasks: Table

  constructor(store: Pick<Store, 'log' | 'directory'>, creator: Row | undefined) {
    const createdBy = { user: { id: creator?.['id'] } }
    const row = (kind: string, name: string | number, values: Row): Row => {
      const id = shortId(`planner ${kind} ${name}`)
      return { '@odata.etag': weakTag(id), id, ...values }
    }
    const group = store.directory.groups.base.at(1)?.['id']
    const plan = row('plan', 'Store refit', {
      title: 'Store refit',
      owner: group,
      createdDateTime: minutesAgo(90_000),
      createdBy,
      container: { containerId: group, url: `https://graph.microsoft.com/v1.0/groups/${String(group)}` },
    })
    const planId = plan['id']
    const buckets = ['To do', 'Doing'].map((name) =>
      row('bucket', name, { name, planId, orderHint: `8585${name}!` }),
    )
    const task = (kind: string | number, values: Row): Row =>
      row('task', kind, {
        orderHint: `8586${kind}!`,
        percentComplete: 0,
        priority: 5,
        assignments: {},
        createdBy,
        ...values,
      })
    const titles = ['Measure the shelves', 'Ask for three quotes', 'Choose the lamps']
    const tasks = titles.map((title, index) =>
      task(title, {
        planId,
        bucketId: buckets[index % 2]?.['id'],
        title,
        createdDateTime: minutesAgo(80_000 - index),
      }),
    )
    const table = (rows: readonly Row[], complete: TableSetting['complete']): Table =>
      new Table(store.log, rows, complete && { complete })
    const time = () => ({ createdDateTime: now(), createdBy })
    this.plans = table([plan], (_, number) => row('plan', number, time()))
    this.buckets = table(buckets, (_, number) => row('bucket', number, { orderHint: `8585${number}!` }))
    this.tasks = table(tasks, (_, number) => ({ ...task(number, {}), ...time() }))
  }
}
