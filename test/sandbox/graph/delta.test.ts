import assert from 'node:assert/strict'
import { demoAccounts } from '../../../sandbox/contoso/tenant'
import { allPermissions, errorOf, startGraphUnderTest, type GraphUnderTest } from '../../support/graph-tokens'

const [adele, megan, alex] = demoAccounts.map(({ id }) => id) as [string, string, string]
const inbox = `/users/${adele}/mailFolders/inbox/messages`
const inMail = `users/${adele}/mailFolders/inbox/messages`
const root = `/users/${adele}/drive/root`

type Item = Record<string, unknown>
interface DeltaBody {
  readonly value: Item[]
  readonly '@odata.context': string
  readonly '@odata.nextLink'?: string
  readonly '@odata.deltaLink'?: string
}

describe('The local Graph follows changes as Graph does', () => {
  let test: GraphUnderTest
  let token: string
  before(async () => {
    test = await startGraphUnderTest(250)
    token = await test.application(...allPermissions)
  })
  afterEach(() => test.graph.control.reset())
  after(() => test.close())

  const get = (path: string, headers?: Record<string, string>) => test.get(path, token, headers)
  const page = async (path: string, headers?: Record<string, string>): Promise<DeltaBody> => {
    const response = await get(path, headers)
    assert.equal(response.status, 200, await response.clone().text())
    return (await response.json()) as DeltaBody
  }
  /** Follows the links of one round to its end. */
  const round = async (path: string, headers?: Record<string, string>) => {
    const items: Item[] = []
    const links: string[] = []
    for (let link: string | undefined = path; link !== undefined;) {
      const body: DeltaBody = await page(link, headers)
      items.push(...body.value)
      link = body['@odata.nextLink']
      links.push(link ?? body['@odata.deltaLink'] ?? '')
    }
    return { items, links, delta: links.at(-1) ?? '' }
  }
  const code = async (path: string) => (await errorOf(await get(path))).slice(0, 2)

  describe('in the directory', () => {
    it('gives all users in pages, then a link to what changes', async () => {
      const { items, links, delta } = await round('/users/delta')
      assert.equal(new Set(items.map(({ id }) => id)).size, 250)
      assert.equal(links.length, 3)
      assert.match(links[0] ?? '', /\/users\/delta\?\$skiptoken=[\w-]+$/)
      assert.match(delta, /\/users\/delta\?\$deltatoken=[\w-]+$/)
      assert.deepEqual((await round(delta)).items, [])
    })

    it('takes each form of the function', async () => {
      for (const form of ['delta', 'delta()', 'microsoft.graph.delta', 'microsoft.graph.delta()']) {
        const { delta } = await round(`/users/${form}`)
        test.graph.control.change('users', adele, { jobTitle: form })
        assert.deepEqual(
          (await round(delta)).items.map(({ jobTitle }) => jobTitle),
          [form],
        )
      }
    })

    it('gives what was changed, added and removed, each once and as it is now', async () => {
      const { control } = test.graph
      const { delta } = await round('/users/delta')
      control.change('users', adele, { jobTitle: 'Planner' })
      const added = control.add('users', { displayName: 'Nestor Wilke' })
      control.remove('users', megan)
      control.remove('users', alex, true)
      control.change('users', adele, { jobTitle: 'Director' })
      const { items, delta: next } = await round(delta)
      assert.deepEqual(items.slice(1, 3), [
        { id: megan, '@removed': { reason: 'changed' } },
        { id: alex, '@removed': { reason: 'deleted' } },
      ])
      assert.deepEqual([items[0]?.['id'], items[0]?.['displayName']], [added['id'], 'Nestor Wilke'])
      assert.deepEqual([items[3]?.['id'], items[3]?.['jobTitle'], items.length], [adele, 'Director', 4])
      assert.deepEqual((await round(next)).items, [])
      assert.equal((await round(delta)).items.length, 4)
    })

    it('keeps the options in its tokens, and follows what they select', async () => {
      const { control } = test.graph
      const first = await round('/users/delta?$select=displayName,jobTitle')
      assert.deepEqual(Object.keys(first.items[0] ?? {}).sort(), ['displayName', 'id', 'jobTitle'])
      control.change('users', adele, { city: 'Bonn' })
      assert.deepEqual((await round(first.delta)).items, [])
      control.change('users', adele, { jobTitle: 'Planner' })
      assert.deepEqual((await round(first.delta)).items, [
        { displayName: 'Adele Vance', jobTitle: 'Planner', id: adele },
      ])
      const minimal = await round(first.delta, { Prefer: 'return=minimal' })
      assert.deepEqual(minimal.items, [{ jobTitle: 'Planner', id: adele }])
      assert.equal((await get(`${first.delta}&$select=id`)).status, 400)
    })

    it('can begin from now on, without a row', async () => {
      const { items, delta } = await round('/users/delta?$deltatoken=latest')
      assert.deepEqual(items, [])
      test.graph.control.change('users', adele, { city: 'Bonn' })
      assert.equal((await round(delta)).items.length, 1)
    })

    it('filters by ids only, and refuses the options that it has not', async () => {
      const filter = encodeURIComponent(`id eq '${adele}' or id eq '${megan}'`)
      const { items, delta } = await round(`/users/delta?$filter=${filter}`)
      assert.deepEqual(
        items.map(({ id }) => id),
        [adele, megan],
      )
      test.graph.control.change('users', alex, { city: 'Bonn' })
      test.graph.control.change('users', megan, { city: 'Bonn' })
      assert.deepEqual(
        (await round(delta)).items.map(({ id }) => id),
        [megan],
      )
      for (const query of ['$top=5', '$orderby=displayName', '$expand=manager', "$filter=city eq 'Bonn'"])
        assert.deepEqual(await code(`/users/delta?${query}`), [400, 'Request_UnsupportedQuery'], query)
    })

    it('tells of members, and a large group several times', async () => {
      const { control } = test.graph
      const { items, delta } = await round('/groups/delta')
      const membersOf = (row: Item | undefined) => (row?.['members@delta'] ?? []) as Item[]
      assert.equal(items[0]?.['id'], items[1]?.['id'])
      assert.deepEqual(
        items.slice(0, 2).map((row) => membersOf(row).length),
        [200, 50],
      )
      const department = items[2]
      const id = String(department?.['id'])
      const member: Item = membersOf(department)[0] ?? {}
      control.unlink('groups', id, 'members', String(member['id']))
      const added = control.add('users', { displayName: 'Nestor Wilke' })
      control.link('groups', id, 'members', String(added['id']))
      const [changed] = (await round(delta)).items
      assert.equal(changed?.['displayName'], department?.['displayName'])
      const type = '#microsoft.graph.user'
      assert.deepEqual(changed?.['members@delta'], [
        { '@odata.type': type, id: member['id'], '@removed': { reason: 'deleted' } },
        { '@odata.type': type, id: added['id'] },
      ])
      const members = await page(`/groups/${id}/members?$top=999`)
      const ids = new Set(members.value.map((row) => row['id']))
      assert.ok(ids.has(added['id']) && !ids.has(member['id']))
      const unselected = await round('/groups/delta?$select=displayName')
      assert.ok(unselected.items.every((row) => !('members@delta' in row)))
    })

    it('answers 410 with the URL to start over where a token has expired', async () => {
      const { delta, links } = await round('/users/delta?$select=id')
      test.graph.control.expireDeltaTokens()
      for (const link of [delta, links[0] ?? '']) {
        const response = await get(link)
        assert.deepEqual((await errorOf(response)).slice(0, 2), [410, 'syncStateNotFound'])
        const location = response.headers.get('location') ?? ''
        assert.equal(location, `${test.graph.origin}/v1.0/users/delta?$select=id`)
        assert.equal((await round(location)).items.length, 250)
      }
      test.graph.control.expireDeltaTokens({ status: 400, code: 'syncStateNotFound' })
      assert.deepEqual(await code(delta), [400, 'syncStateNotFound'])
    })

    it('gives an item twice, an empty page and links of any kind where a test wants it', async () => {
      const { control } = test.graph
      control.pageSize = 100
      control.repeatDeltaItems = true
      control.emptyPage = 1
      const { items, links } = await round('/users/delta')
      assert.equal(items.length, 253)
      assert.equal(links.length, 4)
      control.rewriteLink = (link, number) => `${link}&page=${number}`
      assert.match((await page('/users/delta'))['@odata.nextLink'] ?? '', /&page=1$/)
    })

    it('refuses a token of another collection', async () => {
      const { delta } = await round('/users/delta')
      assert.equal((await get(delta.replace('users', 'groups'))).status, 400)
      assert.equal((await get('/users/delta?$deltatoken=x')).status, 400)
    })
  })

  describe('in Outlook', () => {
    it('follows one folder, in pages of the size that a client prefers', async () => {
      const { control } = test.graph
      const response = await get(`${inbox}/delta?$select=subject`, { Prefer: 'odata.maxpagesize=2' })
      assert.equal(response.headers.get('preference-applied'), 'odata.track-changes, odata.maxpagesize=2')
      const first = (await response.json()) as DeltaBody
      assert.equal(first.value.length, 2)
      assert.match(first['@odata.context'], /#Collection\(message\)$/)
      const { items, delta } = await round(`${inbox}/delta?$select=subject`)
      const counted = await page(`${inbox}?$count=true&$top=1000`)
      assert.equal(items.length, counted.value.length)
      const archive = (await page(`/users/${adele}/mailFolders`)).value[0]?.['id']
      const [moved, read, gone] = counted.value.map(({ id }) => String(id)) as [string, string, string]
      const added = control.add(inMail, { subject: 'New' })
      control.change(inMail, read, { isRead: true })
      control.change(inMail, moved, { parentFolderId: archive })
      control.remove(inMail, gone)
      control.add(`users/${megan}/mailFolders/inbox/messages`, { subject: 'Elsewhere' })
      assert.deepEqual(
        (await round(delta)).items.map((row) => row['@removed'] ?? row['id']),
        [added['id'], read, { reason: 'deleted' }, { reason: 'deleted' }],
      )
      assert.equal((await page(`${inbox}?$top=1`)).value[0]?.['id'], added['id'])
      const etag = (await page(`${inbox}?$top=50`)).value.find(({ id }) => id === read)?.['@odata.etag']
      assert.notEqual(etag, counted.value.find(({ id }) => id === read)?.['@odata.etag'])
    })

    it('filters mail by the time it came, and nothing else', async () => {
      const from = 'receivedDateTime ge 2026-06-20T00:00:00Z'
      const { items } = await round(`${inbox}/delta?$filter=${from}&$orderby=receivedDateTime desc`)
      assert.ok(items.length > 0 && items.every((row) => String(row['receivedDateTime']) >= '2026-06-20'))
      for (const query of ['$search="x"', '$filter=isRead eq true', '$orderby=subject', '$count=true'])
        assert.deepEqual(await code(`${inbox}/delta?${query}`), [400, 'ErrorInvalidUrlQuery'], query)
      assert.equal((await get(`/users/${adele}/messages/delta`)).status, 400)
      assert.equal((await get(`${inbox}/delta?$deltatoken=latest`)).status, 400)
    })

    it('follows the events of a window that the token keeps', async () => {
      const { control } = test.graph
      const view = `/users/${adele}/calendarView/delta`
      const { items, delta } = await round(
        `${view}?startDateTime=2026-06-01T00:00:00Z&endDateTime=2026-06-15T00:00:00Z`,
      )
      assert.ok(items.length > 2 && !delta.includes('startDateTime'))
      const at = (day: string) => ({ dateTime: `${day}T10:00:00.0000000`, timeZone: 'UTC' })
      const events = `users/${adele}/events`
      const inside = control.add(events, { subject: 'In', start: at('2026-06-02'), end: at('2026-06-03') })
      control.add(events, { subject: 'Out', start: at('2026-07-02'), end: at('2026-07-03') })
      const id = String(items[0]?.['id'])
      control.change(events, id, { start: at('2026-08-01'), end: at('2026-08-02') })
      assert.deepEqual(
        (await round(delta)).items.map((row) => [row['id'], row['@removed']]),
        [
          [inside['id'], undefined],
          [id, { reason: 'deleted' }],
        ],
      )
      assert.equal((await get(view)).status, 400)
      const window = 'startDateTime=2026-06-01&endDateTime=2026-06-15'
      assert.deepEqual(await code(`${view}?${window}&$select=subject`), [400, 'ErrorInvalidUrlQuery'])
      assert.equal((await get(`/users/${adele}/events/delta`)).status, 400)
    })
  })

  describe('in drives and lists', () => {
    it('gives the items of the drive with a token in the path, and a facet for those deleted', async () => {
      const { control } = test.graph
      const { items, delta } = await round(`${root}/delta`)
      assert.ok(items.length > 8)
      assert.match(delta, /\/drive\/root\/delta\(token='[\w-]+'\)$/)
      assert.ok(items.every((row) => !('path' in (row['parentReference'] as object))))
      const folder = items.find(({ name }) => name === "Ryan's Files")
      const drive = `users/${adele}/drive/items`
      const added = control.add(`${drive}/root/children`, { name: 'New.txt' })
      control.remove(drive, String(folder?.['id']))
      const changes = (await round(delta)).items
      assert.deepEqual([changes[0]?.['id'], changes[0]?.['name']], [added['id'], 'New.txt'])
      assert.deepEqual(
        changes.slice(1).map(({ deleted }) => deleted),
        [{}, {}, {}],
      )
      assert.equal((await get(`${root}:/New.txt`)).status, 200)
      assert.equal((await get(`${root}:/Documents/Ryan's%20Files`)).status, 404)
    })

    it('takes a token as a parameter, the latest one, and a time', async () => {
      const { items, delta } = await round(`${root}/delta?token=latest`)
      assert.deepEqual(items, [])
      const before = new Date().toISOString()
      await new Promise((resolve) => setTimeout(resolve, 5))
      test.graph.control.add(`users/${adele}/drive/items/root/children`, { name: 'New.txt' })
      const opaque = /token='(.*)'/.exec(delta)?.[1] ?? ''
      for (const link of [
        delta,
        `${root}/delta?token=${opaque}`,
        `${root}/delta(token='${opaque}')`,
        `${root}/delta?token=${encodeURIComponent(before)}`,
      ])
        assert.equal((await round(link)).items.length, 1, link)
    })

    it('answers 410 with what a client is to do with its own changes', async () => {
      const { delta } = await round(`${root}/delta`)
      for (const refusal of [
        'resyncRequired',
        'resyncChangesApplyDifferences',
        'resyncChangesUploadDifferences',
      ]) {
        test.graph.control.expireDeltaTokens(refusal === 'resyncRequired' ? {} : { code: refusal })
        const response = await get(delta)
        assert.equal(response.headers.get('location'), `${test.graph.origin}/v1.0${root}/delta`)
        assert.deepEqual((await errorOf(response)).slice(0, 2), [410, refusal])
      }
    })

    it('follows the items of a list', async () => {
      const list = '/sites/contoso.sharepoint.com:/sites/Operations:/lists/Projects/items'
      assert.deepEqual((await round(`${list}/delta?token=latest`)).items, [])
      assert.equal((await round(`${list}/delta?$deltatoken=latest`)).items.length, 60)
      const { items, delta } = await round(`${list}/delta?$expand=fields($select=Title)`)
      assert.equal(items.length, 60)
      test.graph.control.change(list, '3', { fields: { Title: 'Renamed' } })
      const [changed] = (await round(delta)).items
      assert.equal((changed?.['fields'] as Item | undefined)?.['Title'], 'Renamed')
      assert.match(String(changed?.['eTag']), /,2"$/)
    })
  })
})
