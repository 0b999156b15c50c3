import { contentOf } from '../graph/contents'
import type { Downloadable } from '../graph/downloads'
import { badRequest } from '../graph/errors'
import { textOf, type Parameters, type Row } from '../graph/rows'
import { today } from './random'

/** A usage report: CSV with a byte order mark, which is downloaded from where no token is needed. */
export function activeUsers(
  users: readonly Row[],
  given: Parameters,
  reports: Map<string, Downloadable>,
): Row {
  const period = given.get('period')
  if (period !== undefined && !['D7', 'D30', 'D90', 'D180'].includes(period))
    throw badRequest(`Invalid period value '${period}' specified.`, 'UnknownError')
  const day = given.get('date') ?? new Date(today).toISOString().slice(0, 10)
  const header = 'Report Refresh Date,User Principal Name,Display Name,Is Deleted,Report Period'
  const lines = users.map((user) =>
    [
      day,
      textOf(user, 'userPrincipalName'),
      textOf(user, 'displayName'),
      'False',
      period?.slice(1) ?? '1',
    ].join(','),
  )
  const id = `Office365ActiveUserDetail${period ?? day}`
  const bytes = Buffer.from(`\uFEFF${[header, ...lines, ''].join('\r\n')}`)
  reports.set(`reports/${id}`, {
    content: contentOf(bytes),
    contentType: 'application/octet-stream',
    name: `${id}.csv`,
  })
  return { id, report: {}, parentReference: { driveId: 'reports' } }
}
