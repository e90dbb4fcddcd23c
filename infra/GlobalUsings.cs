// Its namespace has names (Deployment, ManagedServiceIdentityType) that other namespaces have too.
global using ResourceGroup = Pulumi.AzureNative.Resources.ResourceGroup;
