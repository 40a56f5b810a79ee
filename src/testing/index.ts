export { type OpenRegistry, type RegistryCase, registryConformance, type RegistryUnderTest } from "./registry-suite.ts";
export {
  type FaultKind,
  type OpenService,
  type PlantedAgent,
  type ServiceCase,
  serviceConformance,
  type ServiceFault,
  type ServiceUnderTest,
} from "./service-suite.ts";
