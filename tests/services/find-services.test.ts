import { expect, test } from 'vitest';
import { connectionEnvironment } from '../../services/connection.js';
import { assembleConnection, givenServices } from '../../services/find-services.js';

test('services of the user come from the variables that their own tools read', () => {
  const environment = {
    TEMPORAL_ADDRESS: 'temporal.example:7233',
    AWS_ENDPOINT_URL_S3: 'https://s3.example',
    MORTAR_BUCKET: 'b',
  };
  expect(givenServices(environment)).toEqual({ temporal: true, s3: true });
  const { temporal, s3 } = assembleConnection('/nowhere', {}, environment);
  expect(temporal).toMatchObject({ address: 'temporal.example:7233', namespace: 'default' });
  expect(s3).toEqual({ endpoint: 'https://s3.example', region: 'us-east-1', bucket: 'b' });
});

test('a bucket without an endpoint is one of AWS itself', () => {
  const { s3 } = assembleConnection('/nowhere', {}, { MORTAR_BUCKET: 'mine', AWS_REGION: 'eu-west-1' });
  expect(s3).toEqual({ region: 'eu-west-1', bucket: 'mine' });
});

test('where nobody offers a service, there is none', () => {
  expect(assembleConnection('/nowhere', {}, {})).toEqual({});
});

test('the credentials of the development store reach a worker, those of the user are left to the SDK', () => {
  const temporal = { address: 'a:1', namespace: 'n' };
  const credentials = { accessKeyId: 'k', secretAccessKey: 's' };
  const own = connectionEnvironment({ temporal, s3: { endpoint: 'e', region: 'r', bucket: 'b', credentials } });
  expect(own).toEqual({
    TEMPORAL_ADDRESS: 'a:1',
    TEMPORAL_NAMESPACE: 'n',
    AWS_REGION: 'r',
    MORTAR_BUCKET: 'b',
    AWS_ENDPOINT_URL_S3: 'e',
    AWS_ACCESS_KEY_ID: 'k',
    AWS_SECRET_ACCESS_KEY: 's',
  });
  expect(connectionEnvironment({ temporal, s3: { region: 'r', bucket: 'b' } })).not.toHaveProperty('AWS_ACCESS_KEY_ID');
});
