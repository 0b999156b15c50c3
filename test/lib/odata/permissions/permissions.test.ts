import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import table from '../../../../nodes/lib/odata/permissions/common-permissions.json'
import { KnownPermissions, requestTemplate } from '../../../../nodes/lib/odata/permissions/known-permissions'
import { askPermissionService } from '../../../../nodes/lib/odata/permissions/permission-service'
import { decodeText } from '../../../../nodes/lib/odata/json'
import { parseCsdl } from '../../../../nodes/lib/odata/metadata/parse-csdl'
import { startLocalServer, type LocalServer } from '../../../support/local-server'
import { packageRoot } from '../../../support/node-red-process'
import { graphMetadata, permissionFile } from '../../../support/shared-data'

const SERVICE = 'https://graph.microsoft.com/v1.0'

function templateOf(path: string, method = 'GET'): string | undefined {
  const version = path.startsWith('beta:') ? 'beta' : 'v1.0'
  const url = `https://graph.microsoft.com/${version}/${path.replace('beta:', '')}`
  return requestTemplate(method, url, SERVICE, undefined)?.path
}

describe('the template of a request', () => {
  const rows: [path: string, template: string][] = [
    ['users', '/users'],
    ['beta:users?$select=id', '/users'],
    ['users/adele@contoso.com/messages?$filter=x eq 1', '/users/{id}/messages'],
    ["users('adele@contoso.com')/messages", '/users/{id}/messages'],
    ['users/Adele/messages', '/users/{id}/messages'],
    ['me/mailFolders/inbox/messages/AAMk=/attachments', '/me/mailFolders/{id}/messages/{id}/attachments'],
    ['groups/0d6c/members/microsoft.graph.user/$count', '/groups/{id}/members'],
    ['groups/0d6c/members/$ref', '/groups/{id}/members'],
    ['me/microsoft.graph.sendMail', '/me/sendMail'],
    ['users/delta()', '/users/delta'],
    ['me/drive/root:/Salaries 2026/Adele.xlsx:/content', '/me/drive/root:/{id}:/content'],
    ['me/drive/root:/Salaries', '/me/drive/root:/{id}'],
    ['sites/contoso.sharepoint.com:/sites/salaries:/lists', '/sites/{id}/lists'],
    ["applications(appId='secret')", '/applications(appId={value})'],
    [
      "reports/getOffice365ActiveUserDetail(period='D7')",
      '/reports/getOffice365ActiveUserDetail(period={value})',
    ],
    ['teams/1/channels/19:ab@thread.tacv2/messages', '/teams/{id}/channels/{id}/messages'],
    ['drives/b!x/items/01/workbook/worksheets/Salaries/range', '/drives/{id}/items/{id}/{id}/{id}/{id}/{id}'],
  ]
  for (const [path, template] of rows) {
    it(`of ${path} is ${template}`, () => assert.equal(templateOf(path), template))
  }

  it('exists for Graph alone, and for nothing elsewhere', () => {
    assert.equal(
      requestTemplate(
        'GET',
        'https://org.crm.dynamics.com/api/a',
        'https://org.crm.dynamics.com/api',
        undefined,
      ),
      undefined,
    )
    assert.equal(requestTemplate('GET', 'https://storage.example/x?sig=1', SERVICE, undefined), undefined)
  })

  it('tells names from ids by the metadata, where there is some', async function () {
    const metadata = graphMetadata()
    if (metadata === undefined) this.skip()
    const model = await parseCsdl(decodeText(metadata), new AbortController().signal)
    const of = (path: string) => requestTemplate('GET', `${SERVICE}/${path}`, SERVICE, model)?.path
    assert.equal(
      of("drives/b!x/items/01/workbook/worksheets/Salaries/range(address='A1:B2')"),
      '/drives/{id}/items/{id}/workbook/worksheets/{id}/range(address={value})',
    )
    assert.equal(of('groups/members/owners'), '/groups/{id}/owners')
    assert.equal(of('users/messages'), '/users/{id}')
    assert.equal(of('users/1/secretName/owners'), '/users/{id}/{id}/owners')
  })
})

describe('the permissions of the commonest requests', () => {
  const known = new KnownPermissions()
  const rows: [
    method: string,
    path: string,
    delegated: string | undefined,
    application: string | undefined,
  ][] = [
    ['GET', 'users', 'User.ReadBasic.All', 'User.ReadBasic.All'],
    ['GET', 'me', 'User.Read', undefined],
    ['GET', 'me/messages', 'Mail.ReadBasic', undefined],
    ['GET', 'users/1/messages', 'Mail.ReadBasic', 'Mail.ReadBasic.All'],
    ['POST', 'users/1/sendMail', 'Mail.Send', 'Mail.Send'],
    ['GET', 'me/calendarView', 'Calendars.ReadBasic', undefined],
    ['GET', 'me/drive/root:/a/b', 'Files.Read', undefined],
    ['GET', 'drives/1/root/children', 'Files.Read', 'Files.Read.All'],
    ['GET', 'sites/root/lists', 'Sites.Read.All', 'Sites.Read.All'],
  ]
  for (const [method, path, delegated, application] of rows) {
    it(`${method} ${path} takes at least ${delegated}`, () => {
      const found = known.find({ method, path: templateOf(path, method) ?? '' })
      assert.deepEqual(
        [found?.permissions.delegated[0]?.name, found?.permissions.application[0]?.name, found?.source],
        [delegated, application, 'table'],
      )
    })
  }

  it('know nothing of other requests', () => {
    assert.equal(known.find({ method: 'GET', path: '/nothing/{id}' }), undefined)
    assert.equal(known.find({ method: 'PUT', path: '/users' }), undefined)
  })

  it('are those that Microsoft publishes', async function () {
    const file = permissionFile()
    if (file === undefined) this.skip()
    const script = pathToFileURL(join(packageRoot(__dirname), 'scripts', 'permission-table.mjs')).href
    const { permissionTable } = (await import(script)) as {
      permissionTable: (data: unknown, requests: readonly string[]) => unknown
    }
    const published = permissionTable(JSON.parse(readFileSync(file, 'utf8')), Object.keys(table))
    assert.deepEqual(table, published)
  })
})

describe('the public permissions service', () => {
  let server: LocalServer
  let answer: { status: number; body: string }
  let seen: { url: string | undefined; headers: Record<string, unknown> }[]

  before(async () => {
    server = await startLocalServer((request, response) => {
      seen.push({ url: request.url, headers: request.headers })
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body)
    })
  })
  beforeEach(() => {
    seen = []
  })
  after(async () => server.close())

  async function ask() {
    return askPermissionService(
      { method: 'GET', path: '/users/{id}/messages' },
      {
        address: `${server.origin}/permissions`,
        network: { proxy: 'environment', tls: {} },
        trace: () => undefined,
        signal: AbortSignal.timeout(5000),
      },
    )
  }

  it('is told method and template, and gives the least privileged first', async () => {
    const row = (value: string, scopeType: string, least = false, more = {}) => ({
      value,
      scopeType,
      consentDisplayName: `About ${value}`,
      isAdmin: scopeType === 'Application',
      isLeastPrivilege: least,
      isHidden: false,
      ...more,
    })
    const body = JSON.stringify([
      row('Mail.Read', 'DelegatedWork'),
      row('Mail.ReadBasic', 'DelegatedWork', true),
      row('Mail.ReadBasic', 'DelegatedPersonal', true),
      row('Mail.Hidden', 'DelegatedWork', true, { isHidden: true }),
      row('<b>', 'DelegatedWork'),
      row('Mail.Read', 'Application', true),
    ])
    answer = { status: 200, body }
    const found = await ask()
    assert.deepEqual(
      found.delegated.map(({ name, least, needsAdmin }) => [name, least, needsAdmin]),
      [
        ['Mail.ReadBasic', true, false],
        ['Mail.Read', false, false],
      ],
    )
    assert.deepEqual(found.application, [
      { name: 'Mail.Read', least: true, description: 'About Mail.Read', needsAdmin: true },
    ])
    assert.deepEqual(
      seen.map(({ url }) => url),
      ['/permissions?requesturl=%2Fusers%2F%7Bid%7D%2Fmessages&method=GET'],
    )
    assert.equal(seen[0]?.headers['authorization'], undefined)
  })

  it('may know nothing of a path', async () => {
    answer = { status: 404, body: '' }
    assert.deepEqual(await ask(), { delegated: [], application: [] })
  })

  for (const [what, status, body] of [
    ['fails', 500, ''],
    ['answers something else', 200, '<html>'],
    ['answers no list', 200, '{}'],
  ] as const) {
    it(`is told of where it ${what}`, async () => {
      answer = { status, body }
      await assert.rejects(ask(), { code: 'permissionServiceFailed' })
    })
  }
})
