"""Real servers on loopback: a Cassandra, an Elasticsearch and an OpenSearch, as tests need them."""
