// A service of keyed items with a fixed latency, JSON batching and, if wanted, one bucket of requests: as little work of
// its own as can be. Runs as a process of its own and is told by messages what it is to be.
import { createServer } from 'node:http'
import { performance } from 'node:perf_hooks'

let latency = 30
let rate = Infinity
let burst = Infinity
let level = 0
let filled = 0
let seen = {}
let open = 0

function configure(options) {
  latency = options.latency ?? 30
  rate = options.rate ?? Infinity
  burst = options.burst ?? Infinity
  level = burst
  filled = performance.now()
  // Connections are kept from one burst to the next.
  seen = { requests: 0, parts: 0, refused: 0, mostOpen: open }
}

/** Seconds until there is room; 0: there is. */
function admit() {
  seen.parts += 1
  if (burst === Infinity) return 0
  const now = performance.now()
  level = Math.min(burst, level + ((now - filled) / 1000) * rate)
  filled = now
  if (level < 1) {
    seen.refused += 1
    return Math.max(1, Math.ceil((1 - level) / rate))
  }
  level -= 1
  return 0
}

function answerTo(method, url) {
  const pause = admit()
  if (pause > 0) {
    const body = { error: { code: 'TooManyRequests', message: 'Too many requests' } }
    return { status: 429, headers: { 'Retry-After': String(pause) }, body }
  }
  if (method === 'PATCH') return { status: 204 }
  return {
    status: 200,
    headers: { 'Content-Type': 'application/json' },
    body: { id: url, displayName: 'An item' },
  }
}

async function bodyOf(request) {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}

const server = createServer((request, response) => void handle(request, response))

async function handle(request, response) {
  seen.requests += 1
  const body = await bodyOf(request)
  if (request.url.endsWith('/$batch')) {
    const responses = JSON.parse(body).requests.map(({ id, method, url }) =>
      Object.assign({ id }, answerTo(method, url)),
    )
    setTimeout(() => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ responses }))
    }, latency)
    return
  }
  const { status, headers, body: item } = answerTo(request.method, request.url)
  setTimeout(() => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(item === undefined ? '' : JSON.stringify(item))
  }, latency)
}

server.on('connection', (socket) => {
  open += 1
  seen.mostOpen = Math.max(seen.mostOpen, open)
  socket.once('close', () => (open -= 1))
})

configure({})
process.on('message', ({ ask, options }) => {
  if (ask === 'configure') configure(options)
  process.send({ seen })
})
process.once('disconnect', () => process.exit())
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
