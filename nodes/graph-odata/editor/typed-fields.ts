import type { InputType } from '../../shared/editor/red.js'

/** The typed inputs of the dialog: which kinds of values each takes, the first being the default. */
const FROM_MESSAGE: readonly InputType[] = ['msg', 'flow', 'global', 'env', 'jsonata']
const TEXT: readonly InputType[] = ['str', ...FROM_MESSAGE]
const NUMBER: readonly InputType[] = ['num', ...FROM_MESSAGE]

export const TYPED_FIELDS: Readonly<Record<string, readonly InputType[]>> = {
  entity: TEXT,
  key: ['str', 'num', ...FROM_MESSAGE],
  appendUrl: TEXT,
  select: TEXT,
  filter: TEXT,
  expand: TEXT,
  orderby: TEXT,
  search: TEXT,
  pageSize: NUMBER,
  limit: NUMBER,
  query: ['json', ...FROM_MESSAGE],
  timeZone: TEXT,
  body: ['msg', 'flow', 'global', 'str', 'json', 'env', 'jsonata'],
  ifMatch: TEXT,
  file: TEXT,
}

/** The types of a row's value: `params` fill placeholders, and in a filter also numbers, truths and dates. */
export const ROW_TYPES: readonly InputType[] = ['str', 'num', 'bool', ...FROM_MESSAGE]

/** Fields under a fold; it opens where one of them is set. */
export const OPTION_FIELDS: readonly string[] = [
  'select',
  'filter',
  'expand',
  'orderby',
  'search',
  'pageSize',
  'limit',
  'count',
  'query',
]

export const ANSWER_FIELDS: readonly string[] = [
  'timeZone',
  'textBody',
  'immutableIds',
  'annotations',
  'followNested',
  'consistency',
  'inFlight',
]

export function defaultType(field: string): string {
  return TYPED_FIELDS[field]?.[0] ?? 'str'
}
