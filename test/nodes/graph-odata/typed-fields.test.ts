import assert from 'node:assert/strict'
import { codeOf, deployNode, type FlowMessage } from '../../support/node-under-test'
import { tenantAndNodeRed } from '../../support/tenant-and-node-red'

describe('a field of a graph odata node that is filled', () => {
  const local = tenantAndNodeRed({ users: 20 })

  /** The code and the text of the error; nothing is asked for, nothing sent. */
  async function refused(properties: Record<string, unknown>, message: FlowMessage): Promise<string> {
    const node = await deployNode(local.nodeRed, local.tenant, properties)
    node.send(message)
    const [caught] = await local.nodeRed.received(node.caught)
    assert.deepEqual(local.nodeRed.messages(node.out), [])
    assert.deepEqual(local.tenant.graph.control.requests, [])
    const { message: text } = (caught?.['error'] ?? {}) as { message?: string }
    return `${codeOf(caught)}: ${text}`
  }

  const FIELDS: [field: string, label: RegExp][] = [
    ['entity', /Entity/u],
    ['key', /Key/u],
    ['appendUrl', /Append URL/u],
    ['select', /Select/u],
    ['filter', /Filter/u],
    ['expand', /Expand/u],
    ['orderby', /Order by/u],
    ['search', /Search/u],
    ['pageSize', /Page size/u],
    ['limit', /Limit|rows/iu],
    ['query', /Query/u],
    ['timeZone', /Time zone/u],
  ]
  for (const [field, label] of FIELDS) {
    it(`but gives nothing is an error that names it: ${field}`, async () => {
      const properties = { entity: 'users', [field]: 'payload.x', [`${field}Type`]: 'msg' }
      for (const x of [undefined, null, '']) {
        const error = await refused(properties, { payload: { x } })
        assert.match(error, /^fieldEmpty: .*msg\.payload\.x/u)
        assert.match(error, label)
      }
    })
  }

  for (const table of ['params', 'headers']) {
    it(`but gives nothing is an error that names it: a row of ${table}`, async () => {
      const rows = [{ name: 'Some-Name', value: 'payload.x', type: 'msg' }]
      assert.match(
        await refused({ entity: 'users', [table]: rows }, { payload: {} }),
        /^fieldEmpty: .*Some-Name.*msg\.payload\.x/u,
      )
    })
  }

  it('by a text of blanks is as good as blank, where no address could hold it', async () => {
    const properties = { entity: 'payload', entityType: 'msg', appendUrl: 'users' }
    assert.match(await refused(properties, { payload: ' \t' }), /^fieldEmpty: .*Entity/u)
  })

  const OTHER_TYPES: [type: string, value: string][] = [
    ['flow', 'unset'],
    ['global', 'unset'],
    ['env', 'NOT_SET_ANYWHERE'],
    ['jsonata', 'payload.nothing'],
  ]
  for (const [keyType, key] of OTHER_TYPES) {
    it(`by a value of type ${keyType} that is not there is an error too`, async () => {
      assert.match(await refused({ entity: 'users', key, keyType }, { payload: {} }), /^fieldEmpty: .*Key/u)
    })
  }
})
