import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createFileRegistry, fromBinary, type DescService } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { create } from '@bufbuild/protobuf'
import { client } from '@iama/rpc'
import { EchoService } from '@iama/contracts/iama/test/v1/echo_service'
import { ServerReflection, type ServerReflectionResponse } from '@iama/contracts/reflection'
import { from } from './echo.ts'
import { startEcho } from './server.ts'

type Asked =
  Parameters<ReturnType<typeof clientOf>['serverReflectionInfo']>[0] extends AsyncIterable<infer T> ? T : never
const clientOf = (address: string) => client(ServerReflection, address)

describe('reflection', () => {
  let echo: Awaited<ReturnType<typeof startEcho>>
  let reflection: ReturnType<typeof clientOf>
  beforeAll(async () => {
    echo = await startEcho()
    reflection = clientOf(echo.server.address)
  })
  afterAll(async () => {
    reflection[Symbol.dispose]()
    await echo.stop()
  })

  const ask = async (...questions: NonNullable<Asked['messageRequest']>[]): Promise<ServerReflectionResponse[]> => {
    const answers: ServerReflectionResponse[] = []
    const requests = from(questions.map((messageRequest) => ({ messageRequest })))
    for await (const answer of reflection.serverReflectionInfo(requests)) answers.push(answer)
    return answers
  }

  it('lists every service', async () => {
    const [answer] = await ask({ case: 'listServices', value: '' })
    const names = answer!.messageResponse.case === 'listServicesResponse' && answer!.messageResponse.value.service
    expect(names).toMatchObject([
      { name: 'iama.test.v1.EchoService' },
      { name: 'grpc.health.v1.Health' },
      { name: 'grpc.reflection.v1.ServerReflection' },
    ])
  })

  it('gives files from which a stranger can rebuild the service and call it', async () => {
    const [answer] = await ask({ case: 'fileContainingSymbol', value: 'iama.test.v1.EchoService' })
    if (answer!.messageResponse.case !== 'fileDescriptorResponse') throw new Error('no file came')
    const file = answer!.messageResponse.value.fileDescriptorProto.map((bytes) =>
      fromBinary(FileDescriptorProtoSchema, bytes),
    )
    expect(file.map(({ name }) => name)).toEqual(['iama/test/v1/echo_service.proto', 'google/protobuf/duration.proto'])
    const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: file.reverse() }))
    const service = registry.getService('iama.test.v1.EchoService')!
    expect(service.methods.map(({ name, methodKind }) => [name, methodKind])).toEqual(
      EchoService.methods.map(({ name, methodKind }) => [name, methodKind]),
    )
    const stranger = client(service as DescService, echo.server.address) as unknown as {
      echo(request: object): Promise<{ text: string }>
    } & Disposable
    expect((await stranger.echo({ text: 'dynamic' })).text).toBe('dynamic')
    stranger[Symbol.dispose]()
  })

  it.each([
    'iama.test.v1.EchoService.Echo',
    'iama.test.v1.EchoRequest',
    'iama.test.v1.EchoRequest.delay',
    'google.protobuf.Duration',
    'google.rpc.ErrorInfo',
    'grpc.health.v1.HealthCheckResponse.ServingStatus',
    'grpc.reflection.v1.ServerReflection',
  ])('knows the symbol %s', async (symbol) => {
    const [answer] = await ask({ case: 'fileContainingSymbol', value: symbol })
    expect(answer!.messageResponse.case).toBe('fileDescriptorResponse')
  })

  it('answers several questions on one stream, and says not found', async () => {
    const answers = await ask(
      { case: 'fileByFilename', value: 'health/v1/health.proto' },
      { case: 'fileByFilename', value: 'no/such.proto' },
      { case: 'fileContainingSymbol', value: 'no.Such' },
      { case: 'fileContainingExtension', value: { containingType: 'x', extensionNumber: 7 } },
      { case: 'allExtensionNumbersOfType', value: 'iama.test.v1.EchoRequest' },
    )
    expect(answers.map(({ messageResponse }) => messageResponse.case)).toEqual([
      'fileDescriptorResponse',
      'errorResponse',
      'errorResponse',
      'errorResponse',
      'allExtensionNumbersResponse',
    ])
  })
})
