import { startPageServer } from './page-server.mjs'

const { port } = await startPageServer()
process.send(port)
process.once('disconnect', () => process.exit())
