import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isCollectionPath } from '../../../nodes/lib/odata/collection-path'
import { sharedFolder } from '../../support/shared-data'

/** Names of Graph's model, by whether what they lead to is one thing or many. */
function modelNames(csdl: string): { single: Set<string>; many: Set<string> } {
  const single = new Set<string>()
  const many = new Set<string>()
  for (const [, name = '', type = ''] of csdl.matchAll(/<NavigationProperty Name="([^"]+)" Type="([^"]+)"/gu))
    (type.startsWith('Collection(') ? many : single).add(name)
  for (const [, name = ''] of csdl.matchAll(/<EntitySet Name="([^"]+)"/gu)) many.add(name)
  for (const [, name = ''] of csdl.matchAll(/<Singleton Name="([^"]+)"/gu)) single.add(name)
  return { single, many }
}

describe('a path that leads to a collection', () => {
  it("is told by its name, and no single thing of Graph's model is taken for one", function () {
    const file = join(sharedFolder, 'graph-v1.0-metadata.xml')
    if (!existsSync(file)) this.skip()
    const { single, many } = modelNames(readFileSync(file, 'utf8'))
    const mistaken = [...single].filter((name) => !many.has(name) && isCollectionPath(`x/${name}`))
    assert.deepEqual(mistaken, [])
    const found = [...many].filter((name) => isCollectionPath(`x/${name}`))
    assert.ok(found.length / many.size > 0.9, `${found.length} of ${many.size}`)
  })
})
