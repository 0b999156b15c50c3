import { badRequest, unsupportedQuery } from './errors'
import { textOf, type Row } from './rows'
import type { Workload } from './workloads'

export type Predicate = (row: Row) => boolean

/** `$search` as each workload understands it. */
export function compileSearch(text: string, workload: Workload): Predicate {
  switch (workload.name) {
    case 'directory':
      return directorySearch(text)
    case 'exchange':
      return mailSearch(text)
    case 'files':
      return nameSearch(text)
    case 'planner':
    case 'open':
      throw badRequest('$search is not supported on this resource.')
  }
}

/** `"displayName:wa" OR "mail:wa"`: whole words by their beginning, no "contains". */
function directorySearch(text: string): Predicate {
  const clauses = text.split(/\s+(AND|OR)\s+/)
  let predicate: Predicate = () => true
  for (let index = 0; index < clauses.length; index += 2) {
    const clause = directoryClause(clauses[index] ?? '')
    const before = predicate
    const either = clauses[index - 1] === 'OR'
    predicate = either ? (row) => before(row) || clause(row) : (row) => before(row) && clause(row)
  }
  return predicate
}

function directoryClause(text: string): Predicate {
  const match = /^"(\w+):(.+)"$/.exec(text.trim())
  if (match === null) throw badRequest(`Syntax error: a search term must be written as "property:text".`)
  const [, property = '', value = ''] = match
  const searchable = ['displayName', 'description', 'mail', 'givenName', 'surname', 'userPrincipalName']
  const name = searchable.find((known) => known.toLowerCase() === property.toLowerCase())
  if (name === undefined) throw unsupportedQuery('An unsupported property was specified.')
  const wanted = words(value)
  return (row) => {
    const found = words(textOf(row, name))
    return wanted.every((word) => found.some((other) => other.startsWith(word)))
  }
}

/** `/sites?search=sales`: part of a name, or `*` for all. */
function nameSearch(text: string): Predicate {
  const wanted = text.replace(/^\*$/, '').toLowerCase()
  return (row) => `${textOf(row, 'displayName')} ${textOf(row, 'name')}`.toLowerCase().includes(wanted)
}

/** A part of KQL: words that must all occur, `subject:`, `from:` and `body:` to look in one place only. */
function mailSearch(text: string): Predicate {
  const query = /^"(.*)"$/s.exec(text.trim())?.[1] ?? text
  const terms = [...query.matchAll(/(?:(\w+):)?([^\s:]+)/g)].map(([, property, word = '']) => ({
    property: property?.toLowerCase(),
    word: word.toLowerCase(),
  }))
  return (row) => {
    const places: Readonly<Record<string, string>> = {
      subject: textOf(row, 'subject'),
      from: JSON.stringify(row['from']),
      to: JSON.stringify(row['toRecipients']),
      body: JSON.stringify(row['body']),
    }
    return terms.every(({ property, word }) => {
      const within = property === undefined ? Object.values(places).join(' ') : (places[property] ?? '')
      return within.toLowerCase().includes(word)
    })
  }
}

function words(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
}
