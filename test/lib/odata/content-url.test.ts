import assert from 'node:assert/strict'
import { contentUrl } from '../../../nodes/lib/odata/content-url'

const ROOT = 'https://graph.microsoft.com/v1.0'

const ADDRESSES = [
  ['/me/drive/items/1', '/me/drive/items/1/content'],
  ['/me/drive/items/1/content?format=pdf', '/me/drive/items/1/content?format=pdf'],
  ['/me/drive/items/1?format=pdf', '/me/drive/items/1/content?format=pdf'],
  ['/drives/d/root:/Reports/May.xlsx', '/drives/d/root:/Reports/May.xlsx:/content'],
  ['/drives/d/root:/May.xlsx:', '/drives/d/root:/May.xlsx:/content'],
  ['/me/drive/root/children/May.xlsx', '/me/drive/root:/May.xlsx:/content'],
  ['/shares/u!1/driveItem', '/shares/u!1/driveItem/content'],
  ['/sites/s/lists/l/items/1/driveItem', '/sites/s/lists/l/items/1/driveItem/content'],
  ['/me/photo', '/me/photo/$value'],
  ['/users/1/photos/48x48', '/users/1/photos/48x48/$value'],
  ['/me/messages/1/attachments/2', '/me/messages/1/attachments/2/$value'],
  ['/me/messages/1/$value', '/me/messages/1/$value'],
  ['/me/onenote/pages/1/content', '/me/onenote/pages/1/content'],
] as const

describe('the bytes of an item', () => {
  for (const [item, content] of ADDRESSES) {
    it(`${item} are at ${content}`, () => assert.equal(contentUrl(ROOT + item), ROOT + content))
  }
})
