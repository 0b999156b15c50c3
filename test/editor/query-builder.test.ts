import assert from 'node:assert/strict'
import {
  condition,
  fits,
  joined,
  operatorsFor,
  type FilterProperty,
  type Operator,
} from '../../nodes/graph-odata/editor/filter-expression'
import { conflictsOf } from '../../nodes/graph-odata/editor/query-conflicts'
import { tokensOf, withChoice } from '../../nodes/graph-odata/editor/token-list'

const property = (name: string, type = 'Edm.String', more: Partial<FilterProperty> = {}): FilterProperty => ({
  name,
  type,
  collection: false,
  ...more,
})

describe('A condition of the filter builder', () => {
  const TABLE: readonly [FilterProperty, Operator, string, string][] = [
    [property('displayName'), 'eq', "O'Neil", "displayName eq 'O''Neil'"],
    [property('displayName'), 'startsWith', 'A', "startsWith(displayName,'A')"],
    [property('department'), 'in', 'Sales, IT', "department in ('Sales','IT')"],
    [property('department'), 'in', '{teams}', 'department in {teams}'],
    [property('mail'), 'null', '', 'mail eq null'],
    [property('accountEnabled', 'Edm.Boolean'), 'eq', 'true', 'accountEnabled eq true'],
    [property('size', 'Edm.Int64'), 'gt', ' 1000 ', 'size gt 1000'],
    [
      property('createdDateTime', 'Edm.DateTimeOffset'),
      'ge',
      '2030-01-01T00:00:00Z',
      'createdDateTime ge 2030-01-01T00:00:00Z',
    ],
    [
      property('importance', 'microsoft.graph.importance', { members: ['low', 'high'] }),
      'eq',
      'high',
      "importance eq 'high'",
    ],
    [
      property('businessPhones', 'Edm.String', { collection: true }),
      'eq',
      '1',
      "businessPhones/any(x:x eq '1')",
    ],
    [
      property('businessPhones', 'Edm.String', { collection: true }),
      'startsWith',
      '+49',
      "businessPhones/any(x:startsWith(x,'+49'))",
    ],
    [property('groupTypes', 'Edm.String', { collection: true }), 'empty', '', 'not groupTypes/any()'],
    [property('displayName'), 'eq', '{name}', 'displayName eq {name}'],
  ]
  for (const [given, operator, value, written] of TABLE) {
    it(`is ${written}`, () => assert.equal(condition(given, operator, value), written))
  }

  it('offers what the type can be compared by', () => {
    assert.ok(operatorsFor(property('a')).includes('contains'))
    assert.ok(!operatorsFor(property('a', 'Edm.Int32')).includes('contains'))
    assert.ok(operatorsFor(property('a', 'Edm.DateTimeOffset')).includes('ge'))
    assert.ok(!operatorsFor(property('a', 'Edm.Boolean')).includes('gt'))
    assert.ok(!operatorsFor(property('a', 'Edm.String', { collection: true })).includes('ne'))
  })

  it('knows which values fit the type', () => {
    assert.ok(fits(property('a', 'Edm.Int32'), 'eq', '12'))
    assert.ok(!fits(property('a', 'Edm.Int32'), 'eq', 'twelve'))
    assert.ok(!fits(property('a', 'Edm.DateTimeOffset'), 'ge', '2030-01-01'))
    assert.ok(fits(property('a', 'Edm.DateTimeOffset'), 'ge', '{since}'))
    assert.ok(fits(property('a'), 'eq', 'anything'))
    assert.ok(!fits(property('a', 'm.e', { members: ['x'] }), 'in', 'x,y'))
  })

  it('follows what there is, with parentheses where they are needed', () => {
    assert.equal(joined('', 'and', 'a eq 1'), 'a eq 1')
    assert.equal(joined('a eq 1', 'or', 'b eq 2'), 'a eq 1 or b eq 2')
    assert.equal(joined('a eq 1 or b eq 2', 'and', 'c eq 3'), '(a eq 1 or b eq 2) and c eq 3')
    assert.equal(joined("a eq 'x or y'", 'and', 'c eq 3'), "a eq 'x or y' and c eq 3")
  })
})

describe('A list of names', () => {
  const known = (name: string) => ['id', 'displayName', 'mail', 'manager'].includes(name)

  it('is split at commas outside of parentheses', () => {
    assert.deepEqual(tokensOf('id, manager($select=id,mail),mail'), [
      'id',
      'manager($select=id,mail)',
      'mail',
    ])
    assert.deepEqual(tokensOf('id,'), ['id', ''])
  })

  it('takes a choice in place of what was being typed', () => {
    assert.equal(withChoice('id,disp', 'displayName', known), 'id,displayName')
    assert.equal(withChoice('id', 'mail', known), 'id,mail')
    assert.equal(withChoice('', 'mail', known), 'mail')
    assert.equal(withChoice('something', 'mail', known), 'something,mail')
  })

  it('gives up what is chosen again', () => {
    assert.equal(withChoice('id,mail', 'id', known), 'mail')
  })

  it('has each name once', () => {
    assert.equal(withChoice('displayName', 'displayName desc', known), 'displayName desc')
  })
})

describe('What Graph does not allow together', () => {
  const SERVICE = 'https://graph.microsoft.com/v1.0'
  const conflicts = (path: string) => conflictsOf(`${SERVICE}/${path}`, SERVICE)
  const TABLE: readonly [string, string[]][] = [
    ['users?$filter=startsWith(displayName,%27A%27)&$expand=manager', []],
    ['users?$search="displayName:a"&$expand=manager', ['expandAdvanced']],
    ['me/messages?$search="a"&$filter=isRead eq true', ['searchFilter']],
    ['me/messages?$search="a"&$orderby=subject', ['searchOrderby']],
    ['me/messages?$filter=isRead eq true&$orderby=receivedDateTime', ['orderbyNotFiltered']],
    [
      'me/messages?$filter=receivedDateTime ge 2030-01-01 and isRead eq true&$orderby=receivedDateTime desc',
      [],
    ],
    ["me/messages?$filter=subject eq 'receivedDateTime'&$orderby=receivedDateTime", ['orderbyNotFiltered']],
    ['users?$skip=10', ['skipDirectory']],
    ['groups?$filter=groupTypes/all(x:x eq %27a%27)', ['filterAll']],
    ['users/delta?$search="displayName:a"', ['deltaOptions']],
    ['users/delta?$select=id', []],
  ]
  for (const [path, expected] of TABLE) {
    it(`${path}: ${expected.join() || 'nothing'}`, () => assert.deepEqual(conflicts(path), expected))
  }
})
