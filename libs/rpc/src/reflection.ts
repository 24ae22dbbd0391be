import { toBinary, type DescFile, type DescMessage, type DescService, type MessageInitShape } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'
import { Code } from './rpc-error.ts'
import { file_google_rpc_error_details } from '@iama/contracts/google/rpc/error_details'
import {
  ServerReflection,
  type ServerReflectionRequest,
  type ServerReflectionResponseSchema,
} from '@iama/contracts/reflection'
import { implement, type ServiceImplementation } from './service.ts'

type Answer = NonNullable<MessageInitShape<typeof ServerReflectionResponseSchema>['messageResponse']>

/** Adds a file by its name after all that it imports. */
const withDependencies = (file: DescFile, into: Map<string, DescFile>): Map<string, DescFile> => {
  if (into.has(file.proto.name)) return into
  for (const dependency of file.dependencies) withDependencies(dependency, into)
  return into.set(file.proto.name, file)
}

const messageNames = (message: DescMessage): string[] => [
  message.typeName,
  ...message.fields.map((field) => `${message.typeName}.${field.name}`),
  ...message.nestedMessages.flatMap(messageNames),
  ...message.nestedEnums.map((one) => one.typeName),
  ...message.nestedExtensions.map((one) => one.typeName),
]

const symbolsOf = (file: DescFile): string[] => [
  ...file.messages.flatMap(messageNames),
  ...file.enums.map((one) => one.typeName),
  ...file.extensions.map((one) => one.typeName),
  ...file.services.flatMap((one) => [one.typeName, ...one.methods.map((method) => `${one.typeName}.${method.name}`)]),
]

const notFound = (what: string): Answer => ({
  case: 'errorResponse',
  value: { errorCode: Code.NOT_FOUND, errorMessage: `no ${what.slice(0, 200)} here` },
})

/** The file and all that it imports, each before its own imports: a client needs no second question and no sorting. */
const filesAnswer = (file: DescFile): Answer => ({
  case: 'fileDescriptorResponse',
  value: {
    fileDescriptorProto: [...withDependencies(file, new Map()).values()]
      .reverse()
      .map((one) => toBinary(FileDescriptorProtoSchema, one.proto)),
  },
})

/** gRPC reflection v1 over the descriptors of the given services and of itself. */
export const reflectionService = (served: readonly DescService[]): ServiceImplementation => {
  const services = [...served, ServerReflection]
  const files = new Map<string, DescFile>()
  for (const service of services) withDependencies(service.file, files)
  // no service names them, but every error carries them: a client looks them up to show an error's details
  withDependencies(file_google_rpc_error_details, files)
  const bySymbol = new Map([...files.values()].flatMap((file) => symbolsOf(file).map((name) => [name, file] as const)))

  const answer = ({ messageRequest }: ServerReflectionRequest): Answer => {
    switch (messageRequest.case) {
      case 'listServices':
        return {
          case: 'listServicesResponse',
          value: { service: services.map(({ typeName }) => ({ name: typeName })) },
        }
      case 'fileByFilename': {
        const file = files.get(messageRequest.value)
        return file ? filesAnswer(file) : notFound(`file ${messageRequest.value}`)
      }
      case 'fileContainingSymbol': {
        const file = bySymbol.get(messageRequest.value)
        return file ? filesAnswer(file) : notFound(`symbol ${messageRequest.value}`)
      }
      case 'allExtensionNumbersOfType':
        return {
          case: 'allExtensionNumbersResponse',
          value: { baseTypeName: messageRequest.value, extensionNumber: [] },
        }
      case 'fileContainingExtension':
        return notFound(`extension ${messageRequest.value.extensionNumber} of ${messageRequest.value.containingType}`)
      case undefined:
        return {
          case: 'errorResponse',
          value: { errorCode: Code.INVALID_ARGUMENT, errorMessage: 'the request asks for nothing' },
        }
    }
  }

  return implement(ServerReflection, {
    async *serverReflectionInfo(requests) {
      for await (const request of requests)
        yield { validHost: request.host, originalRequest: request, messageResponse: answer(request) }
    },
  })
}
