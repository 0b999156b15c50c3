import assert from 'node:assert/strict'
import { createContoso } from '../../../sandbox/contoso/contoso'
import { GraphError } from '../../../sandbox/graph/errors'
import { createRow, deleteRow, linkRow, updateRow, type Place } from '../../../sandbox/graph/writes'

describe('The local tenant writes', () => {
  const contoso = createContoso(100)
  const users = contoso.set('users') ?? []
  const adele = users.at(0) ?? {}
  const directory: Place = { rows: users, workload: 'directory' }
  const root = contoso.relations['user/drive']?.(adele, new Map())
  const drive =
    root === undefined ? undefined : contoso.relations['drive/items']?.(root as typeof adele, new Map())
  const files: Place = { rows: (drive ?? []) as typeof users, workload: 'files' }
  afterEach(() => contoso.log?.reset())

  const refused = (write: () => unknown): unknown => {
    try {
      write()
    } catch (error) {
      return error instanceof GraphError ? error.status : error
    }
    return undefined
  }

  it('what is new to where it can be found and counted', () => {
    const row = createRow(directory, { displayName: 'Nestor Wilke', userPrincipalName: 'nw@contoso.example' })
    assert.equal(users.byKey?.('NW@contoso.example'), row)
    assert.equal(users.at(100), row)
    assert.equal(users.count, 101)
    assert.equal(
      refused(() => createRow(directory, { userPrincipalName: 'NW@contoso.example' })),
      409,
    )
  })

  it('a complex value property by property, and a new entity tag', () => {
    const before = files.rows.at(0) ?? {}
    const id = String(before['id'])
    const after = updateRow(files, id, { fileSystemInfo: { createdDateTime: '2026-01-01T00:00:00Z' } })
    assert.ok('lastModifiedDateTime' in (after['fileSystemInfo'] as object))
    assert.notEqual(after['@odata.etag'], before['@odata.etag'])
    assert.equal(
      refused(() => updateRow(files, id, {}, String(before['@odata.etag']))),
      412,
    )
    assert.equal(
      refused(() => updateRow(files, id, {}, String(after['@odata.etag']))),
      undefined,
    )
    assert.equal(
      refused(() => updateRow(files, 'none', {})),
      404,
    )
  })

  it('over what was deleted, which comes back to its place', () => {
    const id = String(adele['id'])
    deleteRow(directory, id)
    assert.deepEqual([users.at(0), users.byKey?.(id), users.count], [undefined, undefined, 99])
    createRow(directory, adele)
    assert.equal(users.at(0)?.['id'], id)
    assert.deepEqual([users.length, users.count], [100, 100])
  })

  it('a reference once, and takes back one that is there', () => {
    const group = contoso.set('groups')?.at(1) ?? {}
    const member = createRow(directory, { displayName: 'Nestor Wilke' })
    linkRow(contoso, group, 'members', member, true)
    assert.equal(
      refused(() => linkRow(contoso, group, 'members', member, true)),
      400,
    )
    linkRow(contoso, group, 'members', member, false)
    assert.equal(
      refused(() => linkRow(contoso, group, 'members', member, false)),
      404,
    )
    assert.equal(
      refused(() => linkRow(contoso, group, 'transitiveMembers', member, true)),
      400,
    )
  })

  it('nothing to what is worked out from other rows', () => {
    const rows = contoso.relations['user/directReports']?.(adele, new Map()) as typeof users
    assert.equal(
      refused(() => createRow({ rows, workload: 'directory' }, {})),
      405,
    )
  })
})
