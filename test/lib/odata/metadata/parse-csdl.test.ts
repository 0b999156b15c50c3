import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseCsdl } from '../../../../nodes/lib/odata/metadata/parse-csdl'
import { resolvePath } from '../../../../nodes/lib/odata/metadata/resolve-path'
import { resourceName, typeDetails } from '../../../../nodes/lib/odata/metadata/type-details'
import type { Model } from '../../../../nodes/lib/odata/metadata/model'
import { decodeText } from '../../../../nodes/lib/odata/json'
import { graphMetadata } from '../../../support/shared-data'
import { packageRoot } from '../../../support/node-red-process'

const never = new AbortController().signal
const SANDBOX = join(packageRoot(__dirname), 'sandbox', 'graph', 'metadata')

async function parse(schema: string): Promise<Model> {
  return parseCsdl(
    `<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>${schema}</edmx:DataServices></edmx:Edmx>`,
    never,
  )
}

describe('the metadata of a service', () => {
  it('tells sets, types, keys and what leads where', async () => {
    const model = await parseCsdl(readFileSync(join(SANDBOX, 'open.csdl.xml'), 'utf8'), never)
    assert.deepEqual(
      model.resources.map((resource) => resourceName(model, resource)),
      [
        { name: 'Products', kind: 'set', type: 'Contoso.Shop.Product' },
        { name: 'Categories', kind: 'set', type: 'Contoso.Shop.Category' },
      ],
    )
    const product = typeDetails(model, 'Contoso.Shop.Product') ?? assert.fail()
    assert.deepEqual(product.key, ['ID'])
    assert.deepEqual(
      product.properties.find(({ name }) => name === 'Availability'),
      {
        name: 'Availability',
        type: 'Contoso.Shop.Availability',
        typeKind: 'enum',
        collection: false,
        nullable: true,
        members: ['InStock', 'OnOrder', 'Discontinued'],
      },
    )
    assert.equal(resolvePath(model, 'Categories(1)/Products').type?.name, 'Contoso.Shop.Product')
  })

  it('lays inherited parts before its own, and ends where bases go in a circle', async () => {
    const model = await parse(`
      <Schema Namespace="N" Alias="S">
        <EntityType Name="A" BaseType="S.C" OpenType="true"><Key><PropertyRef Name="a"/></Key><Property Name="a" Type="Edm.Int32"/></EntityType>
        <EntityType Name="B" BaseType="S.A"><Property Name="b" Type="Collection(Edm.String)" Nullable="false"/></EntityType>
        <EntityType Name="C" BaseType="N.B"/>
      </Schema>`)
    const b = typeDetails(model, 'N.B') ?? assert.fail()
    assert.deepEqual(b.baseTypes, ['N.A', 'N.C'])
    assert.deepEqual(b.key, ['a'])
    assert.equal(b.open, true)
    assert.deepEqual(
      b.properties.map(({ name, collection, nullable }) => [name, collection, nullable]),
      [
        ['a', false, true],
        ['b', true, false],
      ],
    )
    assert.deepEqual(typeDetails(model, 'N.A')?.derivedTypes, ['N.B', 'N.C'])
  })

  it('takes descriptions and alternate keys from wherever they stand', async () => {
    const model = await parse(`
      <Schema Namespace="N" Alias="S">
        <EntityType Name="A"><Property Name="a" Type="Edm.String"><Annotation Term="Org.OData.Core.V1.Description"><String>of <![CDATA[<a>]]></String></Annotation></Property>
          <Annotation Term="Org.OData.Core.V1.LongDescription" String="long"/><Annotation Term="Org.OData.Core.V1.Description" String="short"/>
          <Annotation Term="Org.OData.Core.V1.AlternateKeys"><Collection>
            <Record><PropertyValue Property="Key"><Collection><Record><PropertyValue Property="Name" PropertyPath="a"/></Record><Record><PropertyValue Property="Name"><PropertyPath>b</PropertyPath></PropertyValue></Record></Collection></PropertyValue></Record>
          </Collection></Annotation>
        </EntityType>
        <Action Name="do" IsBound="true"><Parameter Name="it" Type="S.A"/><Parameter Name="how" Type="Edm.String"><Annotation Term="Org.OData.Core.V1.OptionalParameter"/></Parameter></Action>
        <EntityContainer Name="All"><EntitySet Name="As" EntityType="S.A"/></EntityContainer>
        <Annotations Target="N.All/As"><Annotation Term="Org.OData.Core.V1.Description" String="all of them"/></Annotations>
        <Annotations Target="S.do(N.A,Edm.String)"><Annotation Term="Org.OData.Core.V1.Description" String="does it"/></Annotations>
        <Annotations Target="S.A"><Annotation Term="Org.OData.Capabilities.V1.ReadRestrictions"><Record><PropertyValue Property="Description" String="not this"/></Record></Annotation></Annotations>
      </Schema>`)
    const type = typeDetails(model, 'N.A') ?? assert.fail()
    assert.equal(type.description, 'short')
    assert.equal(type.properties[0]?.description, 'of <a>')
    assert.deepEqual(type.alternateKeys, [['a', 'b']])
    const [operation] = type.operations
    assert.equal(operation?.description, 'does it')
    assert.deepEqual(
      operation?.parameters.map(({ name, optional }) => [name, optional]),
      [['how', true]],
    )
    assert.deepEqual(
      model.resources.map((resource) => resourceName(model, resource)),
      [{ name: 'As', kind: 'set', type: 'N.A', description: 'all of them' }],
    )
  })

  it('knows imports, and writes the arguments of functions by their types', async () => {
    const model = await parse(`
      <Schema Namespace="N"><EnumType Name="E"><Member Name="x"/></EnumType>
        <EntityType Name="A"><Key><PropertyRef Name="a"/></Key><Property Name="a" Type="Edm.Int32"/></EntityType>
        <Function Name="Best"><Parameter Name="count" Type="Edm.Int32" Nullable="false"/><Parameter Name="name" Type="Edm.String"/><Parameter Name="kind" Type="N.E"/><ReturnType Type="Collection(N.A)"/></Function>
        <EntityContainer Name="All"><FunctionImport Name="Best" Function="N.Best"/></EntityContainer>
      </Schema>`)
    const found = resolvePath(model, "Best(count=2,name='a/b',kind=N.E'x')")
    assert.equal(found.kind, 'collection')
    assert.equal(found.operation?.segment, "Best(count={count},name='{name}',kind=N.E'{kind}')")
    assert.equal(found.type?.name, 'N.A')
  })

  const refused: [what: string, xml: string][] = [
    ['a DOCTYPE', '<!DOCTYPE x [<!ENTITY a "b">]><edmx:Edmx/>'],
    ['what is no XML', '{"value": []}'],
    ['XML that breaks off', '<edmx:Edmx><Schema Namespace="N">'],
    ['XML without a schema', '<html><body/></html>'],
  ]
  for (const [what, xml] of refused) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(parseCsdl(xml, never), { code: 'metadataInvalid' })
    })
  }

  it('is put together in time, however much there is that refers to something', async () => {
    const many = (line: (index: number) => string): string =>
      Array.from({ length: 10_000 }, (_, i) => line(i)).join('')
    const begun = process.cpuUsage()
    const model =
      await parse(`<Schema Namespace="N"><EntityType Name="T">${many((i) => `<Property Name="p${i}"/>`)}</EntityType>
      ${many((i) => `<Annotations Target="N.T/p${i}"/>`)}
      ${many((i) => `<Function Name="f" IsBound="true"><Parameter Name="a" Type="N.T${i}"/></Function>`)}
      ${many((i) => `<Annotations Target="N.f(N.T${i})"/>`)}
      ${many((i) => `<Function Name="g${i}"><ReturnType Type="N.T"/></Function>`)}
      <EntityContainer Name="C">${many((i) => `<FunctionImport Name="i${i}" Function="N.g${i}"/>`)}</EntityContainer></Schema>`)
    assert.equal(model.resources.map((resource) => resourceName(model, resource).type).at(-1), 'N.T')
    // Each with each it took 15 s.
    const { user } = process.cpuUsage(begun)
    assert.ok(user < 4e6, `${user / 1e6} s of processor time`)
  })

  it('takes names that mean something to JavaScript for names', async () => {
    const model = await parse(`
      <Schema Namespace="N"><EntityType Name="__proto__"><Property Name="constructor" Type="Edm.String"/></EntityType>
        <EntityContainer Name="All"><EntitySet Name="__proto__" EntityType="N.__proto__"/></EntityContainer></Schema>`)
    assert.equal(resolvePath(model, '__proto__').type?.properties[0]?.name, 'constructor')
    assert.equal(resolvePath(model, 'toString').kind, 'unknown')
    assert.equal(({} as Record<string, unknown>)['constructor'], Object)
  })
})

describe('the metadata of Microsoft Graph', () => {
  const metadata = graphMetadata()
  let model: Model

  before(async function () {
    if (metadata === undefined) this.skip()
    else model = await parseCsdl(decodeText(metadata), never)
  })

  it('lists 40 sets and 30 singletons', () => {
    const kinds = model.resources.map(({ kind }) => kind)
    assert.equal(kinds.filter((kind) => kind === 'set').length, 40)
    assert.equal(kinds.filter((kind) => kind === 'singleton').length, 30)
  })

  it('holds every type and operation', () => {
    const types = [...model.types.values()]
    const count = (kind: string): number => types.filter((type) => type.kind === kind).length
    assert.deepEqual([count('entity'), count('complex'), count('enum')], [1182, 1780, 861])
    const operations = [...model.operations.values(), ...model.unbound.values()].flat()
    assert.equal(operations.filter(({ kind }) => kind === 'action').length, 857)
    assert.equal(operations.filter(({ kind }) => kind === 'function').length, 324)
    assert.equal(types.flatMap(({ properties }) => properties).length, 10528)
    assert.equal(types.flatMap(({ navigation }) => navigation).length, 1432)
  })

  it('tells of a user what it inherits, where it leads and what can be done', () => {
    const user = resolvePath(model, 'users/{key}').type ?? assert.fail()
    assert.deepEqual(user.baseTypes, ['microsoft.graph.directoryObject', 'microsoft.graph.entity'])
    assert.deepEqual(user.key, ['id'])
    assert.deepEqual(user.alternateKeys, [['userPrincipalName']])
    assert.ok(user.open)
    const property = (name: string) => user.properties.find((each) => each.name === name)
    assert.equal(property('id')?.type, 'Edm.String')
    assert.equal(property('deletedDateTime')?.type, 'Edm.DateTimeOffset')
    assert.deepEqual(
      [property('businessPhones')?.collection, property('businessPhones')?.type],
      [true, 'Edm.String'],
    )
    assert.match(
      property('deviceEnrollmentLimit')?.description ?? '',
      /^The limit on the maximum number of devices/u,
    )
    const navigation = (name: string) => user.navigation.find((each) => each.name === name)
    assert.deepEqual(
      [
        navigation('messages')?.type,
        navigation('messages')?.collection,
        navigation('messages')?.containsTarget,
      ],
      ['microsoft.graph.message', true, true],
    )
    assert.equal(navigation('manager')?.collection, false)
    const sendMail = user.operations.find(({ name }) => name === 'sendMail') ?? assert.fail()
    assert.deepEqual(
      sendMail.parameters.map(({ name, type }) => [name, type]),
      [
        ['Message', 'microsoft.graph.message'],
        ['SaveToSentItems', 'Edm.Boolean'],
      ],
    )
    const view = user.operations.find(({ name }) => name === 'reminderView')
    assert.equal(view?.segment, "reminderView(StartDateTime='{StartDateTime}',EndDateTime='{EndDateTime}')")
  })

  const table: [path: string, kind: string, type: string | undefined][] = [
    ['users', 'collection', 'microsoft.graph.user'],
    ['Users', 'collection', 'microsoft.graph.user'],
    ['users/{id | userPrincipalName}/messages', 'collection', 'microsoft.graph.message'],
    ["users('adele@contoso.com')/mailFolders/inbox/messages", 'collection', 'microsoft.graph.message'],
    ['me', 'item', 'microsoft.graph.user'],
    ['me/manager', 'item', 'microsoft.graph.directoryObject'],
    ['groups/0d6c/members', 'collection', 'microsoft.graph.directoryObject'],
    ['groups/0d6c/members/microsoft.graph.user', 'collection', 'microsoft.graph.user'],
    ['groups/0d6c/members/$count', 'raw', undefined],
    ["applications(appId='0d6c')", 'item', 'microsoft.graph.application'],
    ["applications(uniqueName='it''s/one')/owners", 'collection', 'microsoft.graph.directoryObject'],
    ['users/delta', 'collection', 'microsoft.graph.user'],
    ['users/microsoft.graph.delta()', 'collection', 'microsoft.graph.user'],
    [
      'me/drive/root:/Reports 2026/May (final).xlsx:/workbook/worksheets',
      'collection',
      'microsoft.graph.workbookWorksheet',
    ],
    ['me/drive/root:/Reports', 'item', 'microsoft.graph.driveItem'],
    ['drives/b!x/items/01/content', 'raw', undefined],
    ['sites/contoso.sharepoint.com:/sites/marketing:/lists', 'collection', 'microsoft.graph.list'],
    ['sites/root', 'item', 'microsoft.graph.site'],
    ['teams/1/channels/19:ab@thread.tacv2/messages', 'collection', 'microsoft.graph.chatMessage'],
    ['me/sendMail', 'operation', undefined],
    ['me/microsoft.graph.sendMail', 'operation', undefined],
    ['me/messages/AAMk=/from/emailAddress/address', 'property', 'Edm.String'],
    ['me/mailboxSettings', 'property', 'microsoft.graph.mailboxSettings'],
    ['users?$select=id', 'collection', 'microsoft.graph.user'],
    ['users/1/nothingLikeIt', 'unknown', undefined],
    ['', 'service', undefined],
  ]
  for (const [path, kind, type] of table) {
    it(`finds ${kind === 'unknown' ? 'nothing' : kind} at ${path || 'the service itself'}`, () => {
      const found = resolvePath(model, path)
      assert.deepEqual([found.kind, found.type?.name], [kind, type])
    })
  }

  it('tells the overloads of delta apart by what they are bound to', () => {
    assert.ok(resolvePath(model, 'users').collectionOperations.some(({ name }) => name === 'delta'))
    const items = resolvePath(model, 'me/drive/root').type?.operations.filter(({ name }) => name === 'delta')
    assert.deepEqual(
      items?.map(({ segment }) => segment),
      ['delta()', "delta(token='{token}')"],
    )
  })

  it('lets the event loop have its turn while it is parsed', async () => {
    let turns = 0
    let parsing = true
    const count = (): void => {
      turns += 1
      if (parsing) setImmediate(count)
    }
    setImmediate(count)
    await parseCsdl(decodeText(metadata ?? assert.fail()), never)
    parsing = false
    assert.ok(turns >= 5, `${turns} turns`)
  })

  it('gives up when nobody waits for it any more', async () => {
    const stop = new AbortController()
    setImmediate(() => stop.abort())
    await assert.rejects(parseCsdl(decodeText(metadata ?? assert.fail()), stop.signal), {
      name: 'AbortError',
    })
  })
})
