import type { IncomingMessage } from 'node:http'
import type { Answer } from './answer'
import type { GraphControl } from './control'
import type { Downloads } from './downloads'
import { monitorAnswer } from './operations'
import type { UploadSessions } from './upload-sessions'

/** The origin beside Graph's own, where no token is needed and none is welcome: files and monitors. */
export class Storage {
  constructor(
    readonly downloads: Downloads,
    readonly uploads: UploadSessions,
    readonly control: GraphControl,
  ) {}

  async answer(request: IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? '/', this.downloads.origin)
    const [, kind, id = ''] = url.pathname.split('/')
    if (kind === 'upload') return this.uploads.answer(id, request)
    if (kind === 'monitor') return monitorAnswer(this.control.operations.get(id))
    const answer = this.downloads.answer(url, request.headers)
    const after = answer.status < 300 ? this.control.takeCut('download') : undefined
    return after === undefined ? answer : { ...answer, damage: { after } }
  }
}
