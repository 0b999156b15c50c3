import assert from 'node:assert/strict'
import { describeInBrowser } from '../support/browser'
import { CONNECTION, FLOW_TAB, READ_MESSAGES, editorSession } from './pages/editor-session'

describeInBrowser('The editor', function () {
  const session = editorSession(async () => ({}))

  it('has graph odata in the palette, in a category of its own', async () => {
    const { editor } = session()
    assert.equal((await editor.paletteNode('graph-odata').innerText()).replace(/\s+/gu, ' '), 'graph odata')
    assert.equal(await editor.paletteNode('graph-connection').count(), 0)
    const category = editor.page.locator('.red-ui-palette-category', {
      has: editor.paletteNode('graph-odata'),
    })
    assert.match((await category.locator('.red-ui-palette-header').textContent()) ?? '', /Microsoft Graph/u)
  })

  it('keeps what was filled in over a deploy and a reload', async () => {
    const { editor, odata, connection } = session()
    await editor.dropNode('graph-odata')
    await editor.openNode()
    await odata.addConnection()
    await editor.settle()
    await connection.enter({
      name: 'Contoso',
      cloud: 'usgov',
      tenant: 'contoso.onmicrosoft.com',
      clientId: 'c0ffee00-1111-4222-8333-444455556666',
      clientSecret: 'a secret',
    })
    await connection.unfold('Endpoints')
    await connection.enter({ scope: 'User.Read', timeout: '12' })
    await editor.done()

    await odata.enter({ entity: 'messages', key: 'payload.id', appendUrl: 'me/{entity}' })
    await odata.chooseType('key', 'msg')
    await odata.unfold('Query options')
    await odata.enter({ select: 'id,subject', limit: '25' })
    await odata.unfold('Answers and pace')
    await odata.enter({ notFound: 'empty' })
    await odata.unfold('Headers')
    await odata.addRow('headers', 'Prefer', 'outlook.body-content-type="text"')
    await odata.chooseOutput('page')
    await editor.done()
    await editor.deploy()

    const node = await session().deployed('graph-odata')
    assert.deepEqual(
      [node['entity'], node['key'], node['keyType'], node['appendUrl'], node['select'], node['limit']],
      ['messages', 'payload.id', 'msg', 'me/{entity}', 'id,subject', '25'],
    )
    assert.deepEqual([node['output'], node['notFound'], node['operation']], ['page', 'empty', 'read'])
    assert.deepEqual(node['headers'], [
      { name: 'Prefer', value: 'outlook.body-content-type="text"', type: 'str' },
    ])
    const config = await session().deployed('graph-connection')
    assert.deepEqual(
      [config['cloud'], config['scope'], config['timeout'], config['grantType'], config['itemConvention']],
      ['usgov', 'User.Read', '12', 'authorization_code', '{entity}/{key}'],
    )
    assert.ok(!JSON.stringify([node, config]).includes('a secret'))

    await editor.reload()
    assert.match((await editor.flowNode().textContent()) ?? '', /read me\/messages\/\{msg\.payload\.id\}/u)
    await editor.openNode()
    assert.equal(await odata.value('key'), 'payload.id')
    assert.equal(await odata.output(), 'page')
    assert.equal(await odata.value('notFound'), 'empty')
    assert.deepEqual(await odata.rowsOf('headers'), [['Prefer', 'outlook.body-content-type="text"']])
    assert.ok(
      await odata.field('select').locator('xpath=..').isVisible(),
      'the fold that holds something is open',
    )
    await editor.cancel()
    await editor.editConfig('graph-connection', config.id)
    assert.equal(await connection.value('cloud'), 'usgov')
    assert.equal(await connection.value('scope'), 'User.Read')
    assert.equal(await connection.value('clientSecret'), '__PWRD__')
    await editor.cancel()
  })

  it('loads without an error on the page', () => {
    assert.deepEqual(session().browser.problems, [])
  })
})

describeInBrowser('The dialog of a graph odata that was written by hand', function () {
  const VARIABLES = {
    operation: '${OPERATION}',
    method: '${METHOD}',
    paging: '${PAGING}',
    start: '${START}',
    checkpoint: '${CHECKPOINT}',
    answer: '${ANSWER}',
    as: '${AS}',
    conflict: '${CONFLICT}',
    notFound: '${NOT_FOUND}',
    annotations: '${ANNOTATIONS}',
    consistency: '${CONSISTENCY}',
    inFlight: '${IN_FLIGHT}',
    output: '${OUTPUT}',
  }
  const session = editorSession(async () => ({
    flows: [FLOW_TAB, CONNECTION, { ...READ_MESSAGES, ...VARIABLES }],
    env: {
      OPERATION: 'create',
      METHOD: 'POST',
      PAGING: 'all',
      START: 'all',
      CHECKPOINT: 'emitted',
      ANSWER: 'default',
      AS: 'buffer',
      CONFLICT: 'fail',
      NOT_FOUND: 'error',
      ANNOTATIONS: 'keep',
      CONSISTENCY: 'auto',
      IN_FLIGHT: '50',
      OUTPUT: 'item',
    },
  }))

  it('shows the environment variables of its lists, and keeps them', async () => {
    const { editor, odata } = session()
    await editor.edit('odata1')
    for (const [property, value] of Object.entries(VARIABLES))
      if (property !== 'output') assert.equal(await odata.value(property), value, property)
    assert.equal(await odata.request(), '${OPERATION} me/messages')
    assert.equal(await odata.hint('operation').textContent(), '')
    assert.ok(await odata.field('allowDelete').isVisible(), 'any operation can be meant')
    await odata.enter({ name: 'Renamed' })
    await editor.done()
    await editor.deploy()
    const { name, ...saved } = await session().deployed('graph-odata')
    assert.equal(name, 'Renamed')
    for (const [property, value] of Object.entries(VARIABLES)) assert.equal(saved[property], value, property)
  })
})

describeInBrowser('The dialog of graph odata', function () {
  const session = editorSession(async () => ({
    flows: [FLOW_TAB, CONNECTION, READ_MESSAGES],
    settings: {
      contextStorage: { default: 'quick', quick: { module: 'memory' }, kept: { module: 'localfilesystem' } },
    },
  }))

  beforeEach(async () => {
    await session().editor.edit('odata1')
  })

  afterEach(async () => {
    await session().editor.cancel()
  })

  it('shows how the path is put together while one types', async () => {
    const { odata } = session()
    assert.equal(await odata.request(), 'GET me/messages')
    await odata.enter({ key: 'AAMk=' })
    assert.equal(await odata.request(), 'GET me/messages/AAMk=')
    await odata.enter({ key: 'topic' })
    await odata.chooseType('key', 'msg')
    assert.equal(await odata.request(), 'GET me/messages/{msg.topic}')
  })

  it('says what the path lacks, and marks the field', async () => {
    const { odata } = session()
    await odata.enter({ entity: '', appendUrl: 'groups/{key}/members' })
    assert.match((await odata.preview().textContent()) ?? '', /placeholder \{key\}, which nothing fills/u)
    assert.ok(await odata.isInvalid('appendUrl'))
    await odata.enter({ key: '42' })
    assert.equal(await odata.request(), 'GET groups/42/members')
    assert.ok(!(await odata.isInvalid('appendUrl')))
  })

  it('takes values for placeholders', async () => {
    const { odata } = session()
    await odata.enter({ entity: '', appendUrl: 'me/mailFolders/{folder}/messages' })
    await odata.unfold('Values for placeholders')
    await odata.addRow('params', 'folder', 'Inbox')
    assert.equal(await odata.request(), 'GET me/mailFolders/Inbox/messages')
  })

  it('says that the message decides where entity and append URL are blank', async () => {
    const { odata } = session()
    await odata.enter({ entity: '', appendUrl: '' })
    assert.match((await odata.preview().textContent()) ?? '', /msg\.entity/u)
  })

  it('shows the defaults of what an older flow lacks', async () => {
    const { odata } = session()
    assert.equal(await odata.value('operation'), 'read')
    assert.equal(await odata.output(), 'array')
    assert.equal(await odata.value('notFound'), 'error')
    assert.equal(await odata.value('limit'), '0')
  })

  it('asks for what changes need, and shows their path', async () => {
    const { odata } = session()
    await odata.unfold('Answers and pace')
    assert.ok((await odata.rows()).includes('notFound'))
    await odata.enter({ operation: 'changes' })
    const rows = await odata.rows()
    assert.deepEqual(
      ['start', 'store', 'checkpoint', 'notFound', 'paging'].map((row) => rows.includes(row)),
      [true, true, true, false, false],
    )
    assert.equal(await odata.request(), 'GET me/messages/delta')
    assert.deepEqual(await odata.options('store'), ['Default (quick)', 'kept'])
    const hint = odata.hint('checkpoint')
    const emitted = await hint.textContent()
    await odata.enter({ checkpoint: 'confirmed' })
    assert.match((await hint.textContent()) ?? '', /back to this node/u)
    assert.notEqual(await hint.textContent(), emitted)
  })

  it('offers pages on demand only where there are pages', async () => {
    const { odata } = session()
    assert.ok(!(await odata.rows()).includes('paging'))
    await odata.chooseOutput('page')
    assert.ok((await odata.rows()).includes('paging'))
  })

  it('labels the output by what comes out of it', async () => {
    const { editor, odata } = session()
    const label = async () =>
      editor.page.evaluate(`(() => {
      const node = RED.nodes.node('odata1')
      return node._def.outputLabels.call(node, 0)
    })()`)
    assert.equal(await label(), 'all rows')
    await odata.enter({ operation: 'create' })
    await editor.done()
    assert.equal(await label(), 'the answer')
    await editor.edit('odata1')
    await odata.enter({ operation: 'read' })
    await editor.done()
    await editor.edit('odata1')
  })

  it('marks a limit that is no number', async () => {
    const { odata } = session()
    await odata.unfold('Query options')
    await odata.enter({ limit: '-1' })
    assert.ok(await odata.isInvalid('limit'))
    await odata.enter({ limit: '10' })
    assert.ok(!(await odata.isInvalid('limit')))
  })

  it('keeps what was chosen for changes over a deploy and a reload, and opens the fold that holds it', async () => {
    const { editor, odata } = session()
    await odata.enter({ operation: 'changes', entity: 'users', appendUrl: '' })
    await odata.enter({ start: 'now', store: 'kept', checkpoint: 'confirmed' })
    await odata.chooseOutput('item')
    await odata.unfold('Answers and pace')
    await odata.enter({ timeZone: 'Europe/Berlin', annotations: 'strip', consistency: 'on', inFlight: '50' })
    for (const property of ['textBody', 'immutableIds', 'followNested']) await odata.field(property).check()
    await editor.done()
    await editor.deploy()
    const node = await session().deployed('graph-odata')
    const KEPT = {
      operation: 'changes',
      start: 'now',
      store: 'kept',
      checkpoint: 'confirmed',
      timeZone: 'Europe/Berlin',
      timeZoneType: 'str',
      textBody: true,
      immutableIds: true,
      annotations: 'strip',
      consistency: 'on',
      followNested: true,
      inFlight: '50',
    }
    const held = Object.fromEntries(Object.keys(KEPT).map((property) => [property, node[property]]))
    assert.deepEqual(held, KEPT)
    await editor.reload()
    assert.match((await editor.flowNode().textContent()) ?? '', /changes of users/u)
    await editor.edit('odata1')
    for (const property of ['operation', 'start', 'store', 'checkpoint', 'annotations', 'inFlight'] as const)
      assert.equal(await odata.value(property), KEPT[property], property)
    assert.ok(await odata.field('textBody').isChecked())
    assert.ok(await odata.field('annotations').isVisible(), 'the fold that holds something is open')
  })
})
