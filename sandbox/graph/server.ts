import { readFileSync } from 'node:fs'
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createContoso } from '../contoso/contoso'
import { createShop } from '../contoso/shop'
import type { Answer } from './answer'
import { Authentication, type Issuer } from './authentication'
import { answerBatch } from './batch'
import { Connection } from './connection'
import { answerControl, controlPath } from './control-endpoint'
import { GraphControl, type SeenRequest } from './control'
import { Downloads } from './downloads'
import { Editor } from './editor'
import { GraphError, noSegment } from './errors'
import { Model } from './model'
import { Operations } from './operations'
import { answered, perform } from './perform'
import type { ReadSetting } from './reader'
import { shortName, textOf, type DataSource, type Row } from './rows'
import { Service } from './service'
import { Spool } from './contents'
import { Storage } from './storage'
import { UploadSessions } from './upload-sessions'

export interface GraphServiceOptions {
  /** 0 takes any free port. */
  readonly port: number
  readonly users: number
}

export interface GraphService {
  /** `http://127.0.0.1:port`; v1.0 at {origin}/v1.0, beta at {origin}/beta. */
  readonly origin: string
  /** Address of a plain OData v4 service that asks for no token. */
  readonly openService: string
  readonly control: GraphControl
  /** Whose access tokens are taken. */
  trust(issuer: Issuer): void
  close(): Promise<void>
}

export async function startGraphService(options: GraphServiceOptions): Promise<GraphService> {
  const graphModel = new Model(asset('graph.csdl.xml'))
  const openModel = new Model(asset('open.csdl.xml'))
  const operations = new Operations()
  const contoso = createContoso(options.users, operations)
  const control = new GraphControl(new Editor(graphModel, contoso), operations)
  const downloads = new Downloads((key) => contoso.download(key))
  const uploads = new UploadSessions(new Spool(), () => control.takeCut('upload'))
  contoso.log?.onReset(() => uploads.clear())
  const storage = new Storage(downloads, uploads, control)
  const downloadServer = await listen(0, (request, response) => {
    const connection = new Connection(request, response, control.latency())
    void serve(connection, 'download', control, () => storage.answer(request))
  })
  downloads.origin = originOf(downloadServer)
  uploads.origin = downloads.origin

  const setting = (model: Model, data: DataSource): ReadSetting => ({
    model,
    data,
    annotate: (row, type) => annotations(row, type, downloads),
    downloadUrl: (row) => downloads.url(keyOf(row)),
    storageOrigin: () => downloads.origin,
    uploads,
    control,
  })
  const services: Service[] = []
  const server = await listen(options.port, (request, response) => {
    if (request.url === controlPath) {
      void direct(request, response, control)
      return
    }
    const connection = new Connection(request, response, control.latency())
    response.once('close', control.traffic.begin())
    void serve(connection, 'graph', control, () => route(connection, services, control))
  })
  const origin = originOf(server)
  control.traffic.watch(server)
  const authentication = new Authentication(origin, control.revoked)
  const shop = createShop()
  contoso.log?.onReset(() => shop.log?.reset())
  const graph = (version: string): Service =>
    new Service(
      `${origin}/${version}`,
      (authorization) => authentication.caller(authorization),
      () => setting(graphModel, contoso),
      graphModel,
      true,
    )
  services.push(
    graph('v1.0'),
    graph('beta'),
    new Service(
      `${origin}/open`,
      async () => undefined,
      () => setting(openModel, shop),
      openModel,
      false,
    ),
  )
  return {
    origin,
    openService: `${origin}/open`,
    control,
    trust: (issuer) => authentication.trust(issuer),
    close: async () => {
      await Promise.all([closeServer(server), closeServer(downloadServer)])
      uploads.clear()
    },
  }
}

async function route(
  connection: Connection,
  services: readonly Service[],
  control: GraphControl,
): Promise<Answer> {
  const url = connection.request.url ?? '/'
  if (url.length > control.maximumUrlLength) {
    // Refused in front of Graph, which is why it is no JSON.
    const body = '<html><body><h2>Request URL Too Long</h2></body></html>'
    return { status: 414, headers: { 'Content-Type': 'text/html' }, body }
  }
  const question = url.indexOf('?')
  const path = question === -1 ? url : url.slice(0, question)
  const query = question === -1 ? '' : url.slice(question + 1)
  const [, version = '', ...segments] = path.split('/')
  const service = services.find(({ base }) => base.endsWith(`/${version}`))
  if (service === undefined) {
    if (version === '') throw noSegment(version)
    throw new GraphError(400, 'BadRequest', `Invalid version: ${version}`)
  }
  const call = connection.call(segments.join('/').replace(/\/$/, ''), query)
  return call.rest === '$batch' && service.batches
    ? answerBatch(call, service, control)
    : service.answer(call)
}

/** Answers the request, as far as tests and chance let it. */
async function serve(
  connection: Connection,
  origin: SeenRequest['origin'],
  control: GraphControl,
  answer: () => Promise<Answer>,
): Promise<void> {
  await connection.send(await perform(seen(connection.request, origin), connection, control, answer))
}

/** What is about the tenant itself meets no fault and is counted nowhere. */
async function direct(
  request: IncomingMessage,
  response: ServerResponse,
  control: GraphControl,
): Promise<void> {
  const connection = new Connection(request, response, async () => {})
  await connection.send(
    await answered(() => answerControl(connection.call(controlPath, ''), control), connection),
  )
}

function seen(request: IncomingMessage, origin: SeenRequest['origin']): SeenRequest {
  const { authorization, ...headers } = request.headers
  const { method = '', url = '' } = request
  return { method, url, headers, authorized: authorization !== undefined, origin }
}

function annotations(row: Row, type: string, downloads: Downloads): Record<string, unknown> | undefined {
  if (shortName(type) === 'profilePhoto') return { '@odata.mediaContentType': 'image/png' }
  if (shortName(type) !== 'driveItem' || row['file'] === undefined) return undefined
  return { '@microsoft.graph.downloadUrl': downloads.url(keyOf(row)) }
}

/** A drive item is known by its drive and its own id. */
function keyOf(row: Row): string {
  const parent = row['parentReference'] as { driveId?: string } | undefined
  return `${parent?.driveId ?? ''}/${textOf(row, 'id')}`
}

function asset(name: string): string {
  return readFileSync(join(__dirname, 'metadata', name), 'utf8')
}

async function listen(port: number, listener: RequestListener): Promise<Server> {
  // The limit on one header line of Graph's URLs is higher than Node's default for all of them.
  const server = createServer({ maxHeaderSize: 64 * 1024 }, listener)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return server
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeAllConnections()
  await closed
}
