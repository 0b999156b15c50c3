import type { Translate } from '../../shared/editor/red.js'

/** Columns beyond these are told, not shown: a table of hundreds is none that anybody reads. */
const MOST_COLUMNS = 60

/** Rows as a table; what is nested opens on demand. */
export function rowsTable(rows: readonly unknown[], label: string, text: Translate): JQuery {
  const columns = columnsOf(rows)
  const shown = columns.slice(0, MOST_COLUMNS)
  const head = $('<tr>').append(
    shown.map((name) => $('<th scope="col"></th>').text(name || text('try.value'))),
  )
  const body = rows.map((row) =>
    $('<tr>').append(shown.map((name) => $('<td></td>').append(valueCell(cellOf(row, name), name, text)))),
  )
  const table = $('<table></table>').append(
    $('<thead></thead>').append(head),
    $('<tbody></tbody>').append(body),
  )
  return scrollable(table, label).append(
    columns.length > shown.length
      ? $('<p class="graph-odata-hint"></p>').text(
          text('try.columns', { count: columns.length - shown.length }),
        )
      : '',
  )
}

/** One item, a name and a value in each line. */
export function itemTable(item: object, label: string, text: Translate): JQuery {
  return scrollable(pairs(item, text), label)
}

function scrollable(table: JQuery, label: string): JQuery {
  // With a place in the order of the Tab key, so that it can be scrolled without a mouse.
  return $('<div class="graph-odata-table" role="region" tabindex="0"></div>')
    .attr('aria-label', label)
    .append(table)
}

/** What every row has first; annotations that come with each row say nothing about it. */
function columnsOf(rows: readonly unknown[]): string[] {
  const names = new Set<string>()
  for (const row of rows) {
    if (!isObject(row)) names.add('')
    else
      for (const name of Object.keys(row)) if (!/^@odata\.(?:etag|context|id)$/u.test(name)) names.add(name)
  }
  return [...names]
}

function cellOf(row: unknown, column: string): unknown {
  if (column === '') return isObject(row) ? undefined : row
  return isObject(row) ? (row as Readonly<Record<string, unknown>>)[column] : undefined
}

function valueCell(value: unknown, name: string, text: Translate): JQuery | string {
  if (value === undefined) return ''
  if (value === null) return $('<span class="graph-odata-unknown">null</span>')
  if (!isObject(value))
    return $('<span></span>').text(typeof value === 'string' ? value : JSON.stringify(value))
  const count = Array.isArray(value) ? value.length : Object.keys(value).length
  const kind = countKey(Array.isArray(value), count)
  if (count === 0)
    return $('<span class="graph-odata-unknown"></span>').text(Array.isArray(value) ? '[]' : '{}')
  const fold = $('<details></details>')
  $('<summary></summary>')
    .text(text(`try.${kind}`, { count }))
    .attr('aria-label', `${name}: ${text(`try.${kind}`, { count })}`)
    .appendTo(fold)
  // Only when it is looked at: a mail holds more than its line shows.
  fold.one('toggle', () => void fold.append(pairs(value, text)))
  return fold
}

function countKey(list: boolean, count: number): string {
  if (list) return count === 1 ? 'entry' : 'entries'
  return count === 1 ? 'property' : 'properties'
}

function pairs(value: object, text: Translate): JQuery {
  const lines = Object.entries(value).map(([name, each]) =>
    $('<tr>').append(
      $('<th scope="row"></th>').text(name),
      $('<td></td>').append(valueCell(each, name, text)),
    ),
  )
  return $('<table></table>').append($('<tbody></tbody>').append(lines))
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
