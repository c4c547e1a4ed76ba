"""Deep learning."""

from __future__ import annotations

from mlhooks.unsafe_models.packs.pack import Pack

PACKS = (
    Pack(
        "torch",
        "What torch itself accepts with weights_only=True: storages, rebuild functions, dtypes, layouts.",
        True,
        """
call torch: Size device
object torch: Tensor
value torch: BFloat16Storage BFloat16Tensor BoolStorage BoolTensor ByteStorage ByteTensor CharStorage CharTensor
  ComplexDoubleStorage ComplexFloatStorage DoubleStorage DoubleTensor FloatStorage FloatTensor HalfStorage HalfTensor
  IntStorage IntTensor LongStorage LongTensor QInt32Storage QInt8Storage QUInt2x4Storage QUInt4x2Storage QUInt8Storage
  ShortStorage ShortTensor Storage UntypedStorage bfloat16 bits16 bits1x8 bits2x4 bits4x2 bits8 bool channels_last
  channels_last_3d complex128 complex32 complex64 contiguous_format float16 float32 float4_e2m1fn_x2 float64
  float8_e4m3fn float8_e4m3fnuz float8_e5m2 float8_e5m2fnuz float8_e8m0fnu int1 int16 int2 int3 int32 int4 int5 int6
  int64 int7 int8 per_channel_affine per_channel_affine_float_qparams per_channel_symmetric per_tensor_affine
  per_tensor_symmetric preserve_format qint32 qint8 quint2x4 quint4x2 quint8 sparse_bsc sparse_bsr sparse_coo sparse_csc
  sparse_csr strided uint1 uint16 uint2 uint3 uint32 uint4 uint5 uint6 uint64 uint7 uint8
call torch._tensor: _rebuild_from_type_v2
call torch._utils: _rebuild_device_tensor_from_cpu_tensor _rebuild_device_tensor_from_numpy
  _rebuild_meta_tensor_no_storage _rebuild_mlc_tensor _rebuild_nested_tensor _rebuild_parameter
  _rebuild_parameter_with_state _rebuild_qtensor _rebuild_sparse_csr_tensor _rebuild_sparse_tensor _rebuild_tensor
  _rebuild_tensor_v2 _rebuild_tensor_v3 _rebuild_wrapper_subclass _rebuild_xla_tensor
object torch.cuda: BFloat16Storage BoolStorage ByteStorage CharStorage ComplexDoubleStorage ComplexFloatStorage
  DoubleStorage FloatStorage HalfStorage IntStorage LongStorage ShortStorage
value torch.cuda: BFloat16Tensor BoolTensor ByteTensor CharTensor DoubleTensor FloatTensor HalfTensor IntTensor
  LongTensor ShortTensor
value torch.cuda.sparse: BFloat16Tensor ByteTensor CharTensor DoubleTensor FloatTensor HalfTensor IntTensor LongTensor
  ShortTensor
object torch.nn.parameter: Buffer Parameter
value torch.nn.parameter: UninitializedBuffer UninitializedParameter
call torch.serialization: _get_layout
value torch.sparse: BFloat16Tensor ByteTensor CharTensor DoubleTensor FloatTensor HalfTensor IntTensor LongTensor
  ShortTensor
call torch.storage: _load_from_bytes
value torch.storage: TypedStorage UntypedStorage _TypedStorage _UntypedStorage
call torch.tensor: _rebuild_from_type_v2
object torch.torch_version: TorchVersion
""",
    ),
    Pack(
        "torch-modules",
        "Whole modules, optimisers, schedulers: made without a call, then given a state. Functions are only values.",
        True,
        """
value torch: celu cos exp relu selu sigmoid sin softmax tanh
value torch._C._VariableFunctions: celu gelu relu selu sigmoid softmax tanh
value torch._C._nn: elu_ gelu hardsigmoid hardswish hardtanh leaky_relu log_sigmoid mish relu6 silu silu_ softplus
enum torch.amp.grad_scaler: OptState
object torch.amp.grad_scaler: GradScaler
object torch.cuda.amp.grad_scaler: GradScaler
value torch.nn.functional: binary_cross_entropy binary_cross_entropy_with_logits celu cross_entropy elu gelu hardsigmoid
  hardswish hardtanh interpolate l1_loss leaky_relu log_softmax logsigmoid mish mse_loss nll_loss prelu relu relu6 selu
  sigmoid silu smooth_l1_loss softmax softplus tanh
object torch.nn.modules.activation: CELU ELU GELU GLU Hardshrink Hardsigmoid Hardswish Hardtanh LeakyReLU LogSigmoid
  LogSoftmax Mish MultiheadAttention PReLU RReLU ReLU ReLU6 SELU SiLU Sigmoid Softmax Softmax2d Softmin Softplus
  Softshrink Softsign Tanh Tanhshrink Threshold
object torch.nn.modules.adaptive: AdaptiveLogSoftmaxWithLoss
object torch.nn.modules.batchnorm: BatchNorm1d BatchNorm2d BatchNorm3d LazyBatchNorm1d LazyBatchNorm2d LazyBatchNorm3d
  SyncBatchNorm _BatchNorm _LazyNormBase _NormBase
object torch.nn.modules.channelshuffle: ChannelShuffle
object torch.nn.modules.container: Container ModuleDict ModuleList ParameterDict ParameterList Sequential
object torch.nn.modules.conv: Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d LazyConv1d LazyConv2d
  LazyConv3d LazyConvTranspose1d LazyConvTranspose2d LazyConvTranspose3d _ConvNd _ConvTransposeMixin _ConvTransposeNd
object torch.nn.modules.distance: CosineSimilarity PairwiseDistance
object torch.nn.modules.dropout: AlphaDropout Dropout Dropout1d Dropout2d Dropout3d FeatureAlphaDropout _DropoutNd
object torch.nn.modules.flatten: Flatten Unflatten
object torch.nn.modules.fold: Fold Unfold
object torch.nn.modules.instancenorm: InstanceNorm1d InstanceNorm2d InstanceNorm3d LazyInstanceNorm1d LazyInstanceNorm2d
  LazyInstanceNorm3d _InstanceNorm
object torch.nn.modules.linear: Bilinear Identity LazyLinear Linear NonDynamicallyQuantizableLinear
object torch.nn.modules.loss: BCELoss BCEWithLogitsLoss CTCLoss CosineEmbeddingLoss CrossEntropyLoss GaussianNLLLoss
  HingeEmbeddingLoss HuberLoss KLDivLoss L1Loss LinearCrossEntropyLoss MSELoss MarginRankingLoss MultiLabelMarginLoss
  MultiLabelSoftMarginLoss MultiMarginLoss NLLLoss NLLLoss2d PoissonNLLLoss SmoothL1Loss SoftMarginLoss
  TripletMarginLoss TripletMarginWithDistanceLoss _Loss _WeightedLoss
object torch.nn.modules.module: Module
object torch.nn.modules.normalization: CrossMapLRN2d GroupNorm LayerNorm LocalResponseNorm RMSNorm
object torch.nn.modules.padding: CircularPad1d CircularPad2d CircularPad3d ConstantPad1d ConstantPad2d ConstantPad3d
  ReflectionPad1d ReflectionPad2d ReflectionPad3d ReplicationPad1d ReplicationPad2d ReplicationPad3d ZeroPad1d ZeroPad2d
  ZeroPad3d _CircularPadNd _ConstantPadNd _ReflectionPadNd _ReplicationPadNd
object torch.nn.modules.pixelshuffle: PixelShuffle PixelUnshuffle
object torch.nn.modules.pooling: AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d AdaptiveMaxPool1d
  AdaptiveMaxPool2d AdaptiveMaxPool3d AvgPool1d AvgPool2d AvgPool3d FractionalMaxPool2d FractionalMaxPool3d LPPool1d
  LPPool2d LPPool3d MaxPool1d MaxPool2d MaxPool3d MaxUnpool1d MaxUnpool2d MaxUnpool3d _AdaptiveAvgPoolNd
  _AdaptiveMaxPoolNd _AvgPoolNd _LPPoolNd _MaxPoolNd _MaxUnpoolNd
object torch.nn.modules.rnn: GRU GRUCell LSTM LSTMCell RNN RNNBase RNNCell RNNCellBase
object torch.nn.modules.sparse: Embedding EmbeddingBag
object torch.nn.modules.transformer: Transformer TransformerDecoder TransformerDecoderLayer TransformerEncoder
  TransformerEncoderLayer
object torch.nn.modules.upsampling: Upsample UpsamplingBilinear2d UpsamplingNearest2d
object torch.nn.parallel.data_parallel: DataParallel
object torch.optim: Adafactor Muon
object torch.optim.adadelta: Adadelta
object torch.optim.adagrad: Adagrad
object torch.optim.adam: Adam
object torch.optim.adamax: Adamax
object torch.optim.adamw: AdamW
object torch.optim.asgd: ASGD
object torch.optim.lbfgs: LBFGS
object torch.optim.lr_scheduler: ChainedScheduler ConstantLR CosineAnnealingLR CosineAnnealingWarmRestarts CyclicLR
  ExponentialLR LRScheduler LambdaLR LinearLR MultiStepLR MultiplicativeLR OneCycleLR PolynomialLR ReduceLROnPlateau
  SequentialLR StepLR _LRScheduler
object torch.optim.nadam: NAdam
object torch.optim.optimizer: Optimizer _RequiredParameter
object torch.optim.radam: RAdam
object torch.optim.rmsprop: RMSprop
object torch.optim.rprop: Rprop
object torch.optim.sgd: SGD
object torch.optim.sparse_adam: SparseAdam
object torch.optim.swa_utils: AveragedModel SWALR
object torch.utils.data.dataset: ConcatDataset Subset TensorDataset
""",
    ),
    Pack(
        "torch-distributed-checkpoint",
        "The .metadata file of a distributed checkpoint.",
        True,
        """
object torch.distributed.checkpoint.filesystem: _StorageInfo
enum torch.distributed.checkpoint.metadata: _MEM_FORMAT_ENCODING
object torch.distributed.checkpoint.metadata: BytesStorageMetadata ChunkStorageMetadata Metadata MetadataIndex
  StorageMeta TensorProperties TensorStorageMetadata
""",
    ),
    Pack(
        "torchscript",
        "What only the C++ reader of TorchScript archives knows; see Loader.TORCHSCRIPT.",
        True,
        """
call torch.jit._pickle: build_boollist build_doublelist build_intlist build_tensor_from_id build_tensorlist
  restore_type_tag
""",
    ),
    Pack(
        "lightning",
        "Callbacks that checkpoints of Lightning carry.",
        True,
        """
object lightning.fabric.utilities.data: AttributeDict
object lightning.pytorch.callbacks.early_stopping: EarlyStopping
object lightning.pytorch.callbacks.model_checkpoint: ModelCheckpoint
object lightning_fabric.utilities.data: AttributeDict
object pytorch_lightning.callbacks.early_stopping: EarlyStopping
object pytorch_lightning.callbacks.model_checkpoint: ModelCheckpoint
object pytorch_lightning.utilities.parsing: AttributeDict
""",
    ),
    Pack(
        "transformers-training-args",
        "training_args.bin of the Hugging Face Trainer.",
        True,
        """
object accelerate.state: PartialState
enum accelerate.utils.dataclasses: DistributedType DynamoBackend PrecisionType SageMakerDistributedType
object accelerate.utils.dataclasses: DeepSpeedPlugin
enum transformers.debug_utils: DebugOption
object transformers.deepspeed: HfDeepSpeedConfig HfTrainerDeepSpeedConfig
object transformers.integrations.deepspeed: HfDeepSpeedConfig HfTrainerDeepSpeedConfig
object transformers.trainer_pt_utils: AcceleratorConfig
enum transformers.trainer_utils: EvaluationStrategy FSDPOption HubStrategy IntervalStrategy SaveStrategy SchedulerType
enum transformers.training_args: OptimizerNames
object transformers.training_args: TrainingArguments
object transformers.training_args_seq2seq: Seq2SeqTrainingArguments
""",
    ),
)
