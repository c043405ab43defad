export { canonicalJson, digestOf, sha256 } from './canonical.js';
export { InfrastructureError, UserError, isInfrastructureError, isUserError, messageOf } from './errors.js';
export { evaluateExpect } from './expect.js';
export { type Difference, explainKeys, renderDifference } from './explain.js';
export { type KeyDocument, type KeyInput, type KeyModel, keyDocument, keyOf, servedLength } from './key.js';
export { compilePredicate } from './predicate.js';
