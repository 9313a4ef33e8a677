import { consumerScenarios } from './consumer-scenarios';
import { fetchScenarios } from './fetch-scenarios';
import { jobScenarios } from './job-scenarios';
import { launcherScenarios } from './launcher-scenarios';
import { limitsScenarios } from './limits-scenarios';
import { noticesScenarios } from './notices-scenarios';
import type { Scenarios } from './scenario';
import { steeringScenarios } from './steering-scenarios';
import { transferScenarios } from './transfer-scenarios';

/** Every path that the corpus must have. */
export const SCENARIOS: Scenarios = {
  ...transferScenarios,
  ...steeringScenarios,
  ...fetchScenarios,
  ...consumerScenarios,
  ...jobScenarios,
  ...launcherScenarios,
  ...limitsScenarios,
  ...noticesScenarios,
};
